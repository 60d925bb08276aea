%% mover_v1.erl - what mover_v1.cpp is, for Erlang.
-module(mover).
-behaviour(gen_server).
-vsn("1").
-export([init/1, handle_call/3, handle_cast/2, code_change/3, version/0, only_one/0, fail/0, constant/0, nap/2]).

version() -> 1.
only_one() -> one.
fail() -> error({failed_in, 1}).
constant() -> {constant, ["text", <<"bytes">>, by, 1]}.
nap(To, Ms) -> To ! napping, timer:sleep(Ms), woke_up.

init(State) -> {ok, State}.

handle_call(version, _From, State) -> {reply, 1, State};
handle_call(get, _From, State) -> {reply, State, State};
handle_call({set, New}, _From, _State) -> {reply, ok, New}.

handle_cast({set, New}, _State) -> {noreply, New}.

code_change({down, _Vsn}, State, _Extra) -> {ok, State};
code_change(_Vsn, State, _Extra) -> {ok, State}.
