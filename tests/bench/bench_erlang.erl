%% tests/bench/bench_erlang.erl - the rows of bench_processes.cpp in Erlang:
%%
%%     erlc bench_erlang.erl bench_erlang_code.erl
%%     erl -noshell -s bench_erlang main -extra [--actors N] [--count N | --seconds S] [NAME ...]
%%
%% prints `name value unit` for each figure of each row, and halts with 1 if something was not done as often as it should.
-module(bench_erlang).
-behaviour(gen_server).
-export([main/0, init/1, handle_call/3, handle_cast/2, loop/1]).

-define(MEMBERS, 1000).
-define(IDLE, 1000).
%% Casts that may wait for a server at once: a call follows each so many.
-define(BURST, 100000).
-define(PATIENCE, 60000).

rows() ->
    process_rows() ++ bench_erlang_code:rows().

process_rows() ->
    [{memory, bytes, 100000, fun memory/1},
     {call_one, '/s', 500000, fun(N) -> per_second(fun caller/2, 1, N) end},
     {call_pairs, '/s', 1000000, fun(N) -> per_second(fun caller/2, pairs(), N) end},
     {cast_one, '/s', 2000000, fun(N) -> per_second(fun caster/2, 1, N) end},
     {cast_pairs, '/s', 3000000, fun(N) -> per_second(fun caster/2, pairs(), N) end},
     {ring, '/s', 1000000, fun ring/1},
     {start, '/s', 100000, fun start/1},
     {loop, '/s', 2000000, fun ticks/1},
     {idle, 'switches/s', 1000, fun(Ms) -> idle_growth(Ms, fun context_switches/0) end},
     {idle_processor, '%', 1000, fun(Ms) -> idle_growth(Ms, fun processor_percent/0) end}].

main() ->
    {Count, Seconds, Names} = arguments(init:get_plain_arguments(), {0, 0, []}),
    try
        [measure(Row, Count, Seconds) || Row <- rows(), Names =:= [] orelse lists:member(hd(names(Row)), Names)],
        halt(0)
    catch
        Class:Reason:Stack ->
            io:format(standard_error, "~p:~p~n~p~n", [Class, Reason, Stack]),
            halt(1)
    end.

arguments(["--count", N | Rest], {_, Seconds, Names}) -> arguments(Rest, {list_to_integer(N), Seconds, Names});
arguments(["--actors", N | Rest], Given) ->
    persistent_term:put(pairs, list_to_integer(N) div 2),
    arguments(Rest, Given);
arguments(["--seconds", S | Rest], {Count, _, Names}) -> arguments(Rest, {Count, number(S), Names});
arguments([Name | Rest], {Count, Seconds, Names}) -> arguments(Rest, {Count, Seconds, [list_to_atom(Name) | Names]});
arguments([], Given) -> Given.

pairs() -> persistent_term:get(pairs, 1000).

number(Text) ->
    try list_to_float(Text) catch error:badarg -> list_to_integer(Text) end.

%% The names of its figures; the first is the row's.
names({Names, _, _, _}) when is_list(Names) -> Names;
names({Name, _, _, _}) -> [Name].

measure({_, Unit, Default, Function} = Row, Count, Seconds) ->
    N = case Count of 0 -> Default; _ -> Count end,
    Until = erlang:monotonic_time(millisecond) + round(Seconds * 1000),
    Rounds = rounds(fun() -> lists:flatten([Function(N)]) end, Until),
    [io:format("~s ~w ~s~n", [Name, median([float(lists:nth(I, Round)) || Round <- Rounds]), Unit])
     || {I, Name} <- lists:enumerate(names(Row))].

median(Found) -> lists:nth(length(Found) div 2 + 1, lists:sort(Found)).

rounds(Function, Until) ->
    %% Each round in a process of its own: none inherits another's heap.
    {_, Monitor} = spawn_monitor(fun() -> exit({found, Function()}) end),
    Value = receive {'DOWN', Monitor, process, _, {found, V}} -> V; {'DOWN', Monitor, process, _, Why} -> error(Why) end,
    case erlang:monotonic_time(millisecond) < Until of
        true -> [Value | rounds(Function, Until)];
        false -> [Value]
    end.

%% The server.

init([]) -> {ok, 0}.
handle_call(next, _From, Count) -> {reply, Count + 1, Count + 1};
handle_call(count, _From, Count) -> {reply, Count, Count}.
handle_cast(add, Count) -> {noreply, Count + 1}.

%% Clients, each with a server of its own.

per_second(Client, Clients, Count) ->
    Each = max(1, Count div Clients),
    Outside = self(),
    Gatherer = spawn_link(fun() -> gather(Outside, Clients, 0) end),
    All = [spawn_link(fun() -> client(Client, Outside, Gatherer, Each) end) || _ <- lists:seq(1, Clients)],
    wait_ready(Clients),
    Start = erlang:monotonic_time(),
    [One ! go || One <- All],
    Total = Each * Clients,
    Total = wait_done(),
    per_second(Total, Start).

per_second(Count, Start) ->
    Count / (erlang:convert_time_unit(erlang:monotonic_time() - Start, native, nanosecond) / 1.0e9).

gather(Outside, 0, Sum) -> Outside ! {done, Sum};
gather(Outside, Expected, Sum) -> receive {done, Count} -> gather(Outside, Expected - 1, Sum + Count) end.

client(Client, Outside, Gatherer, Count) ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    Outside ! ready,
    receive go -> ok end,
    Gatherer ! {done, Client(Server, Count)},
    exit(Server, kill).

caller(Server, 1) -> gen_server:call(Server, next);
caller(Server, Count) ->
    gen_server:call(Server, next),
    caller(Server, Count - 1).

caster(Server, Count) when Count =< ?BURST ->
    cast(Server, Count),
    gen_server:call(Server, count, infinity);
caster(Server, Count) ->
    cast(Server, ?BURST),
    gen_server:call(Server, count, infinity),
    caster(Server, Count - ?BURST).

cast(_, 0) -> ok;
cast(Server, Count) ->
    gen_server:cast(Server, add),
    cast(Server, Count - 1).

wait_ready(0) -> ok;
wait_ready(Count) -> receive ready -> wait_ready(Count - 1) after ?PATIENCE -> error(nothing_came) end.
wait_done() -> receive {done, Count} -> Count after ?PATIENCE -> error(nothing_came) end.

%% A ring.

ring(Hops) ->
    Outside = self(),
    Members = [First | _] = [spawn_link(fun() -> member(Outside, Hops) end) || _ <- lists:seq(1, ?MEMBERS)],
    lists:foldl(fun(Member, Next) -> Member ! {next, Next}, Member end, First, lists:reverse(Members)),
    Start = erlang:monotonic_time(),
    First ! 0,
    Hops = wait_done(),
    Rate = per_second(Hops, Start),
    [begin unlink(Member), exit(Member, kill) end || Member <- Members],
    Rate.

member(Outside, Hops) -> receive {next, Next} -> member(Outside, Hops, Next) end.
member(Outside, Hops, Next) ->
    receive
        Hops -> Outside ! {done, Hops};
        Hop when is_integer(Hop) -> Next ! Hop + 1
    end,
    member(Outside, Hops, Next).

%% A loop; each message is a qualified tail call.

loop(Count) ->
    receive
        tick -> ?MODULE:loop(Count + 1);
        {count, From} -> From ! {count, Count}, ?MODULE:loop(Count)
    end.

ticks(Count) ->
    Outside = self(),
    Ticker = spawn_link(fun() -> ticker(Outside, Count) end),
    wait_ready(1),
    Start = erlang:monotonic_time(),
    Ticker ! go,
    Count = wait_done(),
    per_second(Count, Start).

ticker(Outside, Count) ->
    Looping = spawn(?MODULE, loop, [0]),
    Outside ! ready,
    receive go -> ok end,
    Outside ! {done, send_ticks(Looping, Count)},
    exit(Looping, kill).

send_ticks(Looping, Count) when Count =< ?BURST -> burst(Looping, Count);
send_ticks(Looping, Count) ->
    burst(Looping, ?BURST),
    send_ticks(Looping, Count - ?BURST).

burst(Looping, Count) ->
    tick(Looping, Count),
    Looping ! {count, self()},
    receive {count, Sum} -> Sum end.

tick(_, 0) -> ok;
tick(Looping, Count) ->
    Looping ! tick,
    tick(Looping, Count - 1).

%% Servers, started one after the other.

start_servers(Count) ->
    Outside = self(),
    Starter = spawn_link(fun() -> starter(Outside, Count) end),
    wait_ready(1),
    Start = erlang:monotonic_time(),
    Starter ! go,
    Count = wait_done(),
    {Starter, per_second(Count, Start)}.

starter(Outside, Count) ->
    Outside ! ready,
    receive go -> ok end,
    Servers = started(Count, []),
    Outside ! {done, Count},
    receive 'end' -> [exit(Server, kill) || Server <- Servers] end,
    Outside ! ended.

started(0, Servers) -> Servers;
started(Count, Servers) ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    started(Count - 1, [Server | Servers]).

end_servers(Starter) ->
    Starter ! 'end',
    receive ended -> ok end.

start(Count) ->
    {Starter, Rate} = start_servers(Count),
    end_servers(Starter),
    Rate.

memory(Count) ->
    {Some, _} = start_servers(100),
    end_servers(Some),
    Before = resident_bytes(),
    {Starter, _} = start_servers(Count),
    After = resident_bytes(),
    end_servers(Starter),
    (After - Before) / Count.

%% What the system says about this program.

idle_growth(Ms, Of) ->
    {Starter, _} = start_servers(?IDLE),
    timer:sleep(100),
    Before = Of(),
    timer:sleep(Ms),
    After = Of(),
    end_servers(Starter),
    (After - Before) * 1000 / Ms.

resident_bytes() ->
    [_, Pages | _] = string:lexemes(read("/proc/self/statm"), " "),
    binary_to_integer(Pages) * 4096.

context_switches() ->
    lists:sum([switches(read(Status)) || Status <- filelib:wildcard("/proc/self/task/*/status")]).
switches(Status) ->
    lists:sum([binary_to_integer(string:trim(N)) || Line <- string:lexemes(Status, "\n"),
                                                   [Key, N] <- [string:split(Line, ":")],
                                                   string:find(Key, "ctxt_switches") =/= nomatch]).

processor_percent() ->
    [_, Fields] = string:split(read("/proc/self/stat"), ") "),
    [User, System] = lists:sublist(string:lexemes(Fields, " "), 12, 2),
    binary_to_integer(User) + binary_to_integer(System).  % hundredths of a second

read(Path) ->
    {ok, File} = file:open(Path, [read, raw, binary]),
    {ok, Text} = file:read(File, 65536),
    file:close(File),
    Text.
