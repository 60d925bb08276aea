%% special_v1.erl - what special_v1.cpp is, for Erlang.
-module(special).
-vsn("1").
-export([loop/1, system_continue/3, system_terminate/4, system_code_change/4]).

loop(State) ->
    receive
        {system, From, Request} -> sys:handle_system_msg(Request, From, self(), ?MODULE, [], State);
        {put, New} -> ?MODULE:loop(New);
        {who, From} -> From ! {1, State}, ?MODULE:loop(State)
    end.

system_continue(_Parent, _Debug, State) -> ?MODULE:loop(State).
system_terminate(Reason, _Parent, _Debug, _State) -> exit(Reason).
system_code_change(State, _Module, _Old, _Extra) -> {ok, State}.
