%% tests/bench/bench_erlang_code.erl - the rows of bench_code.cpp in Erlang; bench_erlang.erl runs them.
%%
%% What is loaded, from memory, are the two versions of counter.erl, which lies in the working directory.
-module(bench_erlang_code).
-export([rows/0]).

-define(STEP_NS, 100).
-define(STEPS, 200000).
-define(PAUSE_MS, 10).

rows() ->
    [{load, us, 500, fun load/1},
     {upgrade_one, us, 300, fun upgrade_one/1},
     {[upgrade_many, upgrade_phased], ms, 100000, fun upgrade_many/1},
     {[gap, gap_p999, calm, calm_p999, paused, paused_p999], us, 1000, fun gap/1}].

%% Versions 1 and 2 in turn.

versions() ->
    {ok, counter, First} = compile:file("counter.erl", [binary]),
    {ok, counter, Second} = compile:file("counter.erl", [binary, {d, 'V2'}]),
    [{"1.0.0", First}, {"2.0.0", Second}].

turn([{_, Code} = Now, Next]) ->
    code:purge(counter),
    {module, counter} = code:load_binary(counter, "counter.beam", Code),
    [Next, Now].

%% What its state comes from, when the one that was loaded last is the current one.
other([{Vsn, _}, _]) -> case Vsn of "1.0.0" -> Vsn; _ -> {down, "1.0.0"} end.

timed(Function) ->
    Start = erlang:monotonic_time(nanosecond),
    Function(),
    erlang:monotonic_time(nanosecond) - Start.

median(List) -> lists:nth(length(List) div 2 + 1, lists:sort(List)).

start_servers(Count) ->
    [begin {ok, Server} = gen_server:start(counter, [], []), Server end || _ <- lists:seq(1, Count)].
end_servers(Servers) ->
    [begin M = monitor(process, Server), exit(Server, kill), receive {'DOWN', M, _, _, _} -> ok end end || Server <- Servers].

load(Count) -> load(Count, turn(turn(versions())), []).
load(0, _, Took) -> median(Took) / 1000;
load(Count, Versions, Took) -> load(Count - 1, turn(Versions), [timed(fun() -> turn(Versions) end) | Took]).

upgrade(Server, Versions) ->
    ok = sys:suspend(Server),
    ok = sys:change_code(Server, counter, other(Versions), []),
    ok = sys:resume(Server).

upgrade_one(Count) ->
    Versions = turn(versions()),
    [Server] = Servers = start_servers(1),
    Took = upgrades(Server, Count, Versions, []),
    end_servers(Servers),
    median(Took) / 1000.
upgrades(_, 0, _, Took) -> Took;
upgrades(Server, Count, Versions, Took) ->
    Next = turn(Versions),
    upgrades(Server, Count - 1, Next, [timed(fun() -> upgrade(Server, Next) end) | Took]).

%% One by one; and all suspended first, then all changed, then all resumed, as a release handler does it.
upgrade_many(Count) ->
    Versions = turn(versions()),
    Servers = start_servers(Count),
    Second = turn(Versions),
    OneByOne = timed(fun() -> [upgrade(Server, Second) || Server <- Servers] end),
    First = turn(Second),
    Phased = timed(fun() ->
                           [ok = sys:suspend(Server) || Server <- Servers],
                           [ok = sys:change_code(Server, counter, other(First), []) || Server <- Servers],
                           [ok = sys:resume(Server) || Server <- Servers]
                   end),
    end_servers(Servers),
    [OneByOne / 1.0e6, Phased / 1.0e6].

%% What a client that calls a server all the time sees meanwhile. A server that runs gets the new code with its next
%% message, so it is suspended before the load.
gap(Upgrades) ->
    Versions = turn(versions()),
    Start = erlang:monotonic_time(millisecond),
    [Gap, GapP999] = hammered(fun(Server) -> loads(Server, Upgrades, 0, Versions) end),
    AsLong = erlang:monotonic_time(millisecond) - Start,
    [Calm, CalmP999] = hammered(fun(_) -> timer:sleep(AsLong) end),
    [Paused, PausedP999] = hammered(fun(Server) -> loads(Server, (Upgrades + 9) div 10, ?PAUSE_MS, Versions) end),
    [Gap, GapP999, Calm, CalmP999, Paused, PausedP999].

loads(_, 0, _, _) -> ok;
loads(Server, Count, Pause, Versions) ->
    ok = sys:suspend(Server),
    Next = turn(Versions),
    ok = sys:change_code(Server, counter, other(Next), []),
    ok = sys:resume(Server),
    timer:sleep(Pause),
    loads(Server, Count - 1, Pause, Next).

hammered(Meanwhile) ->
    [Server] = Servers = start_servers(1),
    Outside = self(),
    spawn_link(fun() -> hammer(Outside, Server, counters:new(?STEPS, []), 0, 0) end),
    Meanwhile(Server),
    end_servers(Servers),
    receive {hammered, Longest, P999} -> [Longest / 1000, P999 / 1000] end.

hammer(Outside, Server, Times, Count, Longest) ->
    Start = erlang:monotonic_time(nanosecond),
    try gen_server:call(Server, get_count, infinity) of
        _ ->
            Took = erlang:monotonic_time(nanosecond) - Start,
            counters:add(Times, min(Took div ?STEP_NS + 1, ?STEPS), 1),
            hammer(Outside, Server, Times, Count + 1, max(Longest, Took))
    catch
        exit:_ -> Outside ! {hammered, Longest, slower(Times, ?STEPS, Count div 1000) * ?STEP_NS}
    end.

%% The step that so many calls are beyond.
slower(Times, Step, Left) ->
    case Left - counters:get(Times, Step) of
        Fewer when Fewer < 0; Step =:= 1 -> Step - 1;
        Fewer -> slower(Times, Step - 1, Fewer)
    end.
