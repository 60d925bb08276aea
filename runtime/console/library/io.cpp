// runtime/console/library/io.cpp - io: writing to the console. The device standard_error is the program's own.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/format_pieces.hpp"
#include "runtime/console/library/tables.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <cstdio>

namespace twinslot::library {
namespace {

constexpr auto io = "io";

/// Where text goes: a pid or a name that stands for the console, or standard_error; badarg where nobody has the name.
void put(process& self, const term& device, std::string_view text) {
  if (device == "standard_error"_atom) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    return;
  }
  const bool console = device == "standard_io"_atom || device == "user"_atom || device.is_pid();
  if (!console && !(device.is_atom() && self.home().whereis(device.as_atom())))
    raise_badarg();
  self.home().put_chars(text);
}
constexpr auto here = "standard_io";

term write_format(process& self, const term& device, const term& format, const term& arguments) {
  if (!is_proper(arguments))
    raise_badarg();
  put(self, device, twinslot::format(take_format(format), arguments));
  return "ok";
}
term format_only(process& self, const term* a) {
  return write_format(self, atom(here), a[0], {});
}
term format_arguments(process& self, const term* a) {
  return write_format(self, atom(here), a[0], a[1]);
}
term format_device(process& self, const term* a) {
  return write_format(self, a[0], a[1], a[2]);
}

term put_text(process& self, const term& device, const term& characters) {
  std::string text;
  if (!(characters.is_list() || characters.is_binary()) || !chardata_to_utf8(characters, text))
    raise_badarg();
  put(self, device, text);
  return "ok";
}
term put_chars(process& self, const term* a) {
  return put_text(self, atom(here), a[0]);
}
term put_chars_device(process& self, const term* a) {
  return put_text(self, a[0], a[1]);
}
term nl(process& self, const term*) {
  put(self, atom(here), "\n");
  return "ok";
}
term nl_device(process& self, const term* a) {
  put(self, a[0], "\n");
  return "ok";
}
term write(process& self, const term* a) {
  put(self, atom(here), to_text_w(a[0]));
  return "ok";
}
term write_device(process& self, const term* a) {
  put(self, a[0], to_text_w(a[1]));
  return "ok";
}

std::optional<winsize> terminal_size() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return {};
  return size;
}
term columns(process&, const term*) {
  const auto size = terminal_size();
  return size ? tuple("ok", size->ws_col) : tuple("error", "enotsup");
}
term rows(process&, const term*) {
  const auto size = terminal_size();
  return size ? tuple("ok", size->ws_row) : tuple("error", "enotsup");
}
term printable_range(process&, const term*) {
  return "latin1";
}

constexpr native functions[] = {
    {io, "columns", 0, columns, "columns()", "{ok, N}: width of the terminal, or {error, enotsup}."},
    {io, "format", 1, format_only, "format(Format)", "Writes text; ~n is a new line."},
    {io, "format", 2, format_arguments, "format(Format, Data)",
     "Writes text with data: ~p pretty, ~w plain, ~s text, ~b integer, ~n new line."},
    {io, "format", 3, format_device, "format(IoDevice, Format, Data)", "To user, standard_error or a process."},
    {io, "fwrite", 1, format_only, "fwrite(Format)", "The same as format/1."},
    {io, "fwrite", 2, format_arguments, "fwrite(Format, Data)", "The same as format/2."},
    {io, "fwrite", 3, format_device, "fwrite(IoDevice, Format, Data)", "The same as format/3."},
    {io, "nl", 0, nl, "nl()", "Ends the line."},
    {io, "nl", 1, nl_device, "nl(IoDevice)", "Ends the line."},
    {io, "printable_range", 0, printable_range, "printable_range()", "Which characters ~p takes for text: latin1."},
    {io, "put_chars", 1, put_chars, "put_chars(CharData)", "Writes characters."},
    {io, "put_chars", 2, put_chars_device, "put_chars(IoDevice, CharData)", "Writes characters."},
    {io, "rows", 0, rows, "rows()", "{ok, N}: height of the terminal, or {error, enotsup}."},
    {io, "write", 1, write, "write(Term)", "Writes a term as ~w."},
    {io, "write", 2, write_device, "write(IoDevice, Term)", "Writes a term as ~w."},
};
}  // namespace

std::span<const native> io_functions() {
  return functions;
}
}  // namespace twinslot::library
