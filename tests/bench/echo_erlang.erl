%% tests/bench/echo_erlang.erl - an echo server as one writes it in Erlang: a gen_server per connection, {active,true}.
%%
%%     erlc echo_erlang.erl && erl -noshell -s echo_erlang main [BUFFER_BYTES [ACCEPTORS]]
%%
%% Prints `port N` once it listens, and ends with its standard input. Without BUFFER_BYTES, or with 0, buffers are Erlang's
%% default.
-module(echo_erlang).
-behaviour(gen_server).
-export([main/0, main/1, accept/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

main() -> main(['0']).

main([Bytes]) -> main([Bytes, '4']);
main([Bytes, Acceptors]) ->
    Common = [binary, {active, false}, {backlog, 4096}, {reuseaddr, true}, {nodelay, true}, {ip, {127, 0, 0, 1}}],
    {ok, Listener} = gen_tcp:listen(0, buffer(number(Bytes)) ++ Common),
    [spawn_link(?MODULE, accept, [Listener]) || _ <- lists:seq(1, number(Acceptors))],
    {ok, Port} = inet:port(Listener),
    io:format("port ~b~n", [Port]),
    wait_for_end(),
    halt(0).

number(Atom) -> list_to_integer(atom_to_list(Atom)).

buffer(0) -> [];
buffer(Bytes) -> [{buffer, Bytes}].

wait_for_end() ->
    case io:get_line("") of
        eof -> ok;
        {error, _} -> ok;
        _ -> wait_for_end()
    end.

accept(Listener) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    {ok, Pid} = gen_server:start(?MODULE, Socket, []),
    ok = gen_tcp:controlling_process(Socket, Pid),
    ok = inet:setopts(Socket, [{active, true}]),
    accept(Listener).

init(Socket) -> {ok, Socket}.

handle_info({tcp, Socket, Data}, Socket) ->
    case gen_tcp:send(Socket, Data) of
        ok -> {noreply, Socket};
        {error, _} -> {stop, normal, Socket}
    end;
handle_info({tcp_closed, Socket}, Socket) -> {stop, normal, Socket};
handle_info({tcp_error, Socket, _Reason}, Socket) -> {stop, normal, Socket}.

handle_call(_Request, _From, Socket) -> {reply, ok, Socket}.
handle_cast(_Request, Socket) -> {noreply, Socket}.
