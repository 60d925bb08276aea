%% special_v2.erl - what special_v2.cpp is, for Erlang.
-module(special).
-vsn("2").
-export([loop/1, system_continue/3, system_terminate/4, system_code_change/4]).
-export([system_get_state/1, system_replace_state/2]).

loop(State) ->
    receive
        {system, From, Request} -> sys:handle_system_msg(Request, From, self(), ?MODULE, [], State);
        {put, New} -> ?MODULE:loop(New);
        {who, From} -> From ! {2, State}, ?MODULE:loop(State)
    end.

system_continue(_Parent, _Debug, State) -> ?MODULE:loop(State).
system_terminate(Reason, _Parent, _Debug, State) -> exit({Reason, State}).
system_code_change(_State, _Module, _Old, {return, Value}) -> Value;
system_code_change(State, _Module, Old, Extra) -> {ok, {Old, State, Extra}}.
system_get_state(State) -> {ok, {shown, State}}.
system_replace_state(Fun, State) -> New = Fun(State), {ok, {replaced, New}, New}.
