%% tests/bench/counter.erl - the demonstration module counter in Erlang: version 1, or with -DV2 version 2.
-module(counter).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, code_change/3]).

-ifdef(V2).
-vsn("2.0.0").
-record(state, {count = 0, increment_count = 0, last_updated}).

init([]) -> {ok, #state{}}.
handle_call(get_count, _From, State) -> {reply, State#state.count, State}.
handle_cast(increment, #state{count = Count} = State) ->
    {noreply, State#state{count = Count + 1, increment_count = 1, last_updated = erlang:timestamp()}}.
handle_info(_, State) -> {noreply, State}.
code_change("1.0.0", Count, _) -> {ok, #state{count = Count, increment_count = Count, last_updated = erlang:timestamp()}}.
-else.
-vsn("1.0.0").

init([]) -> {ok, 0}.
handle_call(get_count, _From, Count) -> {reply, Count, Count}.
handle_cast(increment, Count) -> {noreply, Count + 1}.
handle_info(_, Count) -> {noreply, Count}.
code_change({down, _}, State, _) -> {ok, element(2, State)}.
-endif.
