%% probe.erl - what probe.cpp is, for Erlang.
-module(probe).
-behaviour(gen_server).
-vsn("1").
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2, code_change/3]).

raise(error, Reason) -> error(Reason);
raise(exit, Reason) -> exit(Reason);
raise(throw, Reason) -> throw(Reason).

init({return, Value}) -> Value;
init({raise, Class, Reason}) -> raise(Class, Reason);
init({nap, Ms}) -> timer:sleep(Ms), {ok, []};
init(State) -> {ok, State}.

handle_call({return, Value}, _From, _Events) -> Value;
handle_call({raise, Class, Reason}, _From, _Events) -> raise(Class, Reason);
handle_call(from, From, Events) -> {reply, From, Events};
handle_call(get, _From, Events) -> {reply, Events, Events};
handle_call({reply, Answer, Result}, From, _Events) -> gen_server:reply(From, Answer), Result;
handle_call({keep, Name}, From, Events) -> Name ! From, {noreply, Events};
handle_call({do, M, F, A}, _From, Events) -> {reply, apply(M, F, A), Events};
handle_call(Request, _From, Events) -> {reply, noted, [Request | Events]}.

handle_cast({return, Value}, _Events) -> Value;
handle_cast({raise, Class, Reason}, _Events) -> raise(Class, Reason);
handle_cast({nap, Ms}, Events) -> timer:sleep(Ms), {noreply, Events};
handle_cast(Message, Events) -> {noreply, [{cast, Message} | Events]}.

handle_info({return, Value}, _Events) -> Value;
handle_info({raise, Class, Reason}, _Events) -> raise(Class, Reason);
handle_info(Message, Events) -> {noreply, [{info, Message} | Events]}.

handle_continue({return, Value}, _Events) -> Value;
handle_continue({raise, Class, Reason}, _Events) -> raise(Class, Reason);
handle_continue(Order, Events) -> {noreply, [{continue, Order} | Events]}.

terminate(_Reason, {end_with, Class, Reason}) -> raise(Class, Reason);
terminate(Reason, Events) -> catch observer ! {terminated, Reason, Events}.

code_change(_Old, Events, _Extra) -> {ok, Events}.
