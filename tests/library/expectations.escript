#!/usr/bin/env escript
%% What Erlang says to each call in cases/*.calls, written beside it as *.expected: run it where erl is installed,
%% after changing the cases. The test itself needs no erl.
%%
%%     tests/library/expectations.escript tests/library/cases/*.calls
%%
%% A line of a .calls file is one call, Module:Function(Arguments). `~` before it: the stack's first entry is not
%% compared (it names a helper inside OTP that we have no counterpart of). Lines that start with %% are comments.
%% A line of an .expected file: the call, {Module, Function, Arguments} and the outcome, {ok, Value} or
%% {Class, Reason, StackEntry}, both in hexadecimal external term format, with a tab between each two.

main(Files) ->
  logger:set_primary_config(level, none),
  lists:foreach(fun(File) -> write(File) end, Files).

write(File) ->
  {ok, Bytes} = file:read_file(File),
  Lines = [L || L <- binary:split(Bytes, <<"\n">>, [global]), L =/= <<>>, binary:first(L) =/= $%],
  Expected = filename:rootname(File) ++ ".expected",
  ok = file:write_file(Expected, [expectation(L) || L <- Lines]).

expectation(<<"~", Line/binary>>) -> expectation(Line, false);
expectation(Line) -> expectation(Line, true).

expectation(Line, CompareStack) ->
  {Module, Function, Arguments} = Call = parse(Line),
  Self = self(),
  {Pid, Ref} = spawn_monitor(fun() -> Self ! {self(), outcome(Module, Function, Arguments, CompareStack)} end),
  Outcome = receive {Pid, O} -> O; {'DOWN', Ref, _, _, Why} -> exit({Line, Why}) end,
  erlang:demonitor(Ref, [flush]),
  [Line, "\t", hex(Call), "\t", hex(Outcome), "\n"].

parse(Line) ->
  {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Line) ++ "."),
  {ok, [{call, _, {remote, _, {atom, _, M}, {atom, _, F}}, Args}]} = erl_parse:parse_exprs(Tokens),
  {M, F, [element(2, erl_eval:expr(A, erl_eval:new_bindings())) || A <- Args]}.

outcome(M, F, A, CompareStack) ->
  try apply(M, F, A) of
    Value -> {ok, Value}
  catch
    Class:Reason:Stack -> {Class, Reason, entry(Reason, Stack, CompareStack)}
  end.

%% Only where the shell shows the arguments that were refused.
entry(_, [{M, F, A, _} | _], true) when is_list(A) -> {M, F, A};
entry(_, _, _) -> none.

hex(Term) -> string:lowercase(binary:encode_hex(term_to_binary(Term))).
