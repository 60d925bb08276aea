#!/usr/bin/env escript
%% tests/term/oracle.escript IN OUT - answers a list of questions, both in the external term format.
-mode(compile).

main([In, Out]) ->
    {ok, Bytes} = file:read_file(In),
    Answers = [answer(Question) || Question <- binary_to_term(Bytes)],
    ok = file:write_file(Out, term_to_binary(Answers)).

answer({format, Format, Arguments}) -> text(fun() -> io_lib:format(Format, Arguments) end);
answer({pretty, Term, Options}) -> text(fun() -> io_lib_pretty:print(Term, Options) end);
answer({records, Term, Options, Records}) ->
    Fields = fun(Tag, Count) ->
                     case lists:keyfind(Tag, 1, Records) of
                         {_, Names} when length(Names) =:= Count -> Names;
                         _ -> no
                     end
             end,
    text(fun() -> io_lib_pretty:print(Term, [{record_print_fun, Fields} | Options]) end);
answer({order, A, B}) -> {if A < B -> -1; A == B -> 0; true -> 1 end, A =:= B};
answer({apply, Module, Function, Arguments}) ->
    try {ok, apply(Module, Function, Arguments)} catch _:Reason -> {error, Reason} end;
answer({bytes, Term, Options}) -> term_to_binary(Term, Options);
answer({same, Bytes, Term}) ->
    try binary_to_term(Bytes) =:= Term catch _:_ -> false end;
answer({valid, Bytes}) ->
    try binary_to_term(Bytes) of _ -> true catch _:_ -> false end.

text(Fun) ->
    try unicode:characters_to_binary(Fun()) catch _:_ -> badarg end.
