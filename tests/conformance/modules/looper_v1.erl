%% looper_v1.erl - what looper_v1.cpp is, for Erlang.
-module(looper).
-vsn("1").
-export([stays/1, moves/1, holds/1, only_one/1, make_fun/1]).

stays(N) ->
    receive
        {who, From} -> From ! {1, N}, stays(N + 1);
        leave -> ?MODULE:moves(N);
        quit -> ok
    end.

moves(N) ->
    receive
        {who, From} -> From ! {1, N}, ?MODULE:moves(N + 1);
        to_one -> ?MODULE:only_one(N);
        stay -> stays(N);
        quit -> ok
    end.

holds(To) ->
    receive go_on -> ok end,
    To ! {1, went_on},
    receive quit -> ok end.

only_one(N) -> exit({only_one, N}).

make_fun(X) -> fun(Y) -> {1, X, Y} end.
