%% mover_v2.erl - what mover_v2.cpp is, for Erlang.
-module(mover).
-behaviour(gen_server).
-vsn("2").
-export([init/1, handle_call/3, handle_cast/2, code_change/3, version/0, only_two/0, fail/0, constant/0, nap/2]).

version() -> 2.
only_two() -> two.
fail() -> error({failed_in, 2}).
constant() -> {constant, ["text", <<"bytes">>, by, 2]}.
nap(To, Ms) -> To ! napping, timer:sleep(Ms), woke_up.

init(State) -> {ok, State}.

handle_call(version, _From, State) -> {reply, 2, State};
handle_call(get, _From, State) -> {reply, State, State};
handle_call({set, New}, _From, _State) -> {reply, ok, New}.

handle_cast({set, New}, _State) -> {noreply, New}.

%% Extra says what happens: {return, Value} | {raise, Class, Reason} | anything else, which is kept.
code_change(_Vsn, _State, {return, Value}) -> Value;
code_change(_Vsn, _State, {raise, error, Reason}) -> error(Reason);
code_change(_Vsn, _State, {raise, exit, Reason}) -> exit(Reason);
code_change(_Vsn, _State, {raise, throw, Reason}) -> throw(Reason);
code_change({down, "1"}, {moved, State, _Extra}, _) -> {ok, State};
code_change("1", State, Extra) -> {ok, {moved, State, Extra}}.
