%% looper_v2.erl - what looper_v2.cpp is, for Erlang.
-module(looper).
-vsn("2").
-export([stays/1, moves/1, holds/1, only_two/1, make_fun/1]).

stays(N) ->
    receive
        {who, From} -> From ! {2, N}, stays(N + 1);
        leave -> ?MODULE:moves(N);
        quit -> ok
    end.

moves(N) ->
    receive
        {who, From} -> From ! {2, N}, ?MODULE:moves(N + 1);
        to_one -> ?MODULE:only_one(N);
        stay -> stays(N);
        quit -> ok
    end.

holds(To) ->
    receive go_on -> ok end,
    To ! {2, went_on},
    receive quit -> ok end.

only_two(N) -> exit({only_two, N}).

make_fun(X) -> fun(Y) -> {2, X, Y} end.
