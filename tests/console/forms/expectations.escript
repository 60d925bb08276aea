#!/usr/bin/env escript
%% tests/console/forms/expectations.escript - what Erlang's scanner and parser make of each line of a file.
%%     escript expectations.escript forms.txt > forms.expected
%% A line may hold a text of several: ⏎ stands for a line feed.
main([File]) ->
  ok = io:setopts([{encoding, unicode}]),
  {ok, Bytes} = file:read_file(File),
  Lines = string:split(string:trim(unicode:characters_to_list(Bytes), trailing, "\n"), "\n", all),
  [io:format("~ts~n", [outcome(lists:flatten(string:replace(Line, "⏎", "\n", all)))]) || Line <- Lines].

outcome(Text) ->
  case erl_scan:string(Text, {1, 1}) of
    {ok, Tokens, _} ->
      case erl_parse:parse_exprs(Tokens) of
        {ok, Forms} -> io_lib:format("~w", [Forms]);
        {error, Error} -> describe(Error)
      end;
    {error, Error, _} -> describe(Error)
  end.

describe({{Line, Column}, Module, Error}) ->
  io_lib:format("~w:~w: ~ts", [Line, Column, Module:format_error(Error)]).
