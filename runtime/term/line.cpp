// runtime/term/line.cpp - writes a term on one line: ~w and ~p before it is broken.
// Source: OTP 25's io_lib and io_lib_pretty for what depth means where (tests/term compares with them).
#include "runtime/term/line.hpp"

#include "runtime/term/arithmetic.hpp"
#include "runtime/term/identity_words.hpp"
#include "runtime/term/map_cells.hpp"
#include "runtime/term/print.hpp"
#include "runtime/term/utf8.hpp"

#include <algorithm>

namespace twinslot {
namespace {

/// A compound term whose end is not yet written.
struct open_part {
  std::uint64_t index;  // of its part
  kind what;            // list, tuple or map; the kinds below stand for one entry of a map, a record, a field of one
  raw_term rest;        // list: what is left of it; else the term, or the entry's map
  std::uint64_t at;     // tuple, map: next element; entry: 2 * index, + 1 once its key is written
  std::int64_t depth;   // left for what comes next
  std::int64_t entry_depth;
  bool is_first;
  const std::vector<atom>* names = nullptr;  // record: of its fields
};
constexpr kind entry_of_map = kind::binary;
constexpr kind record = kind::fun;
constexpr kind field_of_record = kind::pid;

class writer {
public:
  explicit writer(const line_options& options) : options_(options) {}

  line of(const raw_term& value) {
    write(value, options_.depth, false);
    while (!open_.empty())
      advance();
    return std::move(line_);
  }

private:
  std::string& out() noexcept { return line_.text; }

  void put(std::string_view ascii) {
    out() += ascii;
    width_ += ascii.size();
  }

  std::uint64_t begin(part::what_kind what, bool is_tail = false) {
    if (!options_.keep_parts)
      return 0;
    line_.parts.push_back({what, is_tail, out().size(), 0, width_, 0});
    return line_.parts.size() - 1;
  }

  void end(std::uint64_t index) {
    if (!options_.keep_parts)
      return;
    part& ended = line_.parts[index];
    ended.end = out().size();
    ended.width = width_ - ended.width;
    ended.next = line_.parts.size();
  }

  void put_part(part::what_kind what, std::string_view ascii, bool is_tail = false) {
    const auto index = begin(what, is_tail);
    put(ascii);
    end(index);
  }

  void write(const raw_term& value, std::int64_t depth, bool is_tail) {
    switch (value.what) {
      case kind::list:
      case kind::text: return open_list(value, depth, is_tail);
      case kind::tuple: return open_tuple(value, depth, is_tail);
      case kind::map: return open_map(value, depth, is_tail);
      case kind::binary: return write_bits(value, depth, is_tail);
      default: break;
    }
    const auto index = begin(part::plain, is_tail);
    if (value.what == kind::atom) {
      const std::size_t before = out().size();
      append_atom(out(), term::as_term(value).as_atom(), options_.text);
      width_ += count_characters(std::string_view{out()}.substr(before));
    } else {
      write_simple(value);
    }
    end(index);
  }

  void write_simple(const raw_term& value) {
    switch (value.what) {
      case kind::integer:
      case kind::bignum: put(integer_text(term::as_term(value))); break;
      case kind::floating: put(float_text(value.floating)); break;
      case kind::nil: put("[]"); break;
      case kind::pid: write_pid(value); break;
      case kind::port: put("#Port<" + std::to_string(value.aux) + "." + std::to_string(value.id) + ">"); break;
      case kind::reference: write_reference(value); break;
      case kind::fun: write_fun(*static_cast<const fun_cell*>(value.box)); break;
      default: break;
    }
  }

  /// Erlang counts to 2^15 and then in the serial; ours are readable up to 2^28.
  void write_pid(const raw_term& value) {
    pid_words words = words_of_pid(value.id);
    if (value.aux == 0 && value.id < 1U << 28)
      words = {static_cast<std::uint32_t>(value.id), 0};
    put("<" + std::to_string(value.aux) + "." + std::to_string(words.number) + "." + std::to_string(words.serial) +
        ">");
  }

  /// The highest word first.
  void write_reference(const raw_term& value) {
    const reference_words words = words_of_reference(value.id);
    std::string text = "#Ref<" + std::to_string(value.aux);
    for (std::uint32_t i = words.count; i-- > 0;)
      text += "." + std::to_string(words.word[i]);
    put(text + ">");
  }

  void write_fun(const fun_cell& fun) {
    const std::size_t before = out().size();
    const atom module = term::as_term(fun.module).as_atom();
    if (fun.flags & 1) {
      out() += "fun ";
      append_fun_name(out(), module);
      out() += ":";
      append_fun_name(out(), term::as_term(fun.name).as_atom());
      out() += "/" + std::to_string(fun.arity);
    } else {
      out() += "#Fun<";
      append_fun_name(out(), module);
      if (fun.flags & fun_is_of_plugin) {
        out() += '.';
        append_fun_name(out(), term::as_term(fun.name).as_atom());
        out() += "." + std::to_string(fun.arity) + ">";
      } else if (module == "erl_eval"_atom) {
        // A fun of OTP 25.2's shell is one of erl_eval's own, one for each arity: first the named ones, 20 to 0.
        const std::uint64_t highest = fun.name.what == kind::nil ? 43 : 20;
        out() += "." + std::to_string(highest - std::min<std::uint64_t>(fun.arity, 20)) + ".3316493>";
      } else {
        out() += "." + std::to_string(fun.unique) + "." + std::to_string(fun.arity) + ">";
      }
    }
    width_ += count_characters(std::string_view{out()}.substr(before));
  }

  void put_character(char32_t code, encoding text) {
    const std::size_t before = out().size();
    append_quoted(out(), code, '"', text);
    width_ += code < 0x80 ? out().size() - before : count_characters(std::string_view{out()}.substr(before));
  }

  void open_list(const raw_term& value, std::int64_t depth, bool is_tail) {
    if (options_.pretty && options_.strings && depth != 1 && is_printable_list(value, options_.beyond_latin1)) {
      const auto index = begin(part::plain, is_tail);
      put("\"");
      for (raw_term rest = value; rest.what != kind::nil; rest = rest_of(rest))
        put_character(static_cast<char32_t>(term::as_term(rest).head().as_int64()), options_.text);
      put("\"");
      end(index);
      return;
    }
    open_part opened = {begin(part::list, is_tail), kind::list, value, 0, depth, 0, true};
    put("[");
    open_.push_back(opened);
  }

  void open_tuple(const raw_term& value, std::int64_t depth, bool is_tail) {
    if (value.box->size == 0)
      return put_part(part::plain, "{}", is_tail);
    if (depth == 1)
      return put_part(part::plain, "{...}", is_tail);
    if (const std::vector<atom>* names = fields_of(value))
      return open_record(value, *names, depth, is_tail);
    const bool tagged = value.box->size > 1 && static_cast<tuple_cell*>(value.box)->elements[0].what == kind::atom;
    open_part opened = {
        begin(tagged ? part::tagged_tuple : part::tuple, is_tail), kind::tuple, value, 0, depth, 0, true};
    put("{");
    open_.push_back(opened);
  }

  const std::vector<atom>* fields_of(const raw_term& value) const {
    const raw_term& tag = static_cast<tuple_cell*>(value.box)->elements[0];
    if (!options_.records || !options_.pretty || tag.what != kind::atom)
      return nullptr;
    const auto found = options_.records->find({term::as_term(tag).as_atom().index(), value.box->size - 1});
    return found == options_.records->end() ? nullptr : &found->second;
  }

  void put_atom(atom name) {
    const std::size_t before = out().size();
    append_atom(out(), name, options_.text);
    width_ += count_characters(std::string_view{out()}.substr(before));
  }

  void open_record(const raw_term& value, const std::vector<atom>& names, std::int64_t depth, bool is_tail) {
    const auto index = begin(part::record, is_tail);
    const auto tag = begin(part::plain);
    put("#");
    put_atom(term::as_term(static_cast<tuple_cell*>(value.box)->elements[0]).as_atom());
    end(tag);
    put("{");
    open_.push_back({index, record, value, 1, depth - 1, 0, true, &names});
  }

  void open_map(const raw_term& value, std::int64_t depth, bool is_tail) {
    if (value.box->size == 0)
      return put_part(part::plain, "#{}", is_tail);
    if (depth == 1)
      return put_part(part::plain, options_.pretty ? "#{...}" : "#{}", is_tail);
    open_part opened = {begin(part::map, is_tail), kind::map, value, 0, depth, depth - 1, true};
    put("#{");
    open_.push_back(opened);
  }

  void advance() {
    switch (open_.back().what) {
      case kind::list: return advance_list();
      case kind::tuple: return advance_tuple();
      case kind::map: return advance_map();
      case record: return advance_record();
      case field_of_record: return advance_field();
      default: return advance_entry();
    }
  }

  void close(std::string_view bracket) {
    put(bracket);
    end(open_.back().index);
    open_.pop_back();
  }

  static raw_term rest_of(raw_term list) noexcept {
    if (list.aux + 1 < list.box->size) {
      ++list.aux;
      return list;
    }
    return list.what == kind::text ? term::bits(kind::nil) : static_cast<const list_cell*>(list.box)->tail;
  }

  void advance_list() {
    open_part& front = open_.back();
    if (front.rest.what == kind::nil)
      return close("]");
    const bool is_tail = front.rest.what != kind::list && front.rest.what != kind::text;
    if (!front.is_first)
      put(is_tail || front.depth == 1 ? "|" : ",");
    front.is_first = false;
    if (front.depth == 1) {
      put_part(part::dots, "...");
      return close("]");
    }
    --front.depth;
    const raw_term rest = front.rest;
    front.rest = is_tail ? term::bits(kind::nil) : rest_of(rest);
    if (is_tail)
      return write(rest, front.depth, true);
    if (rest.what == kind::text) {
      const auto byte = static_cast<unsigned char>(static_cast<const text_cell*>(rest.box)->bytes[rest.aux]);
      return put_part(part::plain, std::to_string(byte));
    }
    write(static_cast<const list_cell*>(rest.box)->elements[rest.aux], front.depth, false);
  }

  void advance_tuple() {
    open_part& front = open_.back();
    if (front.at == front.rest.box->size)
      return close("}");
    if (front.at > 0)
      put(",");
    if (front.depth == 1) {
      put_part(part::dots, "...");
      return close("}");
    }
    --front.depth;
    write(static_cast<const tuple_cell*>(front.rest.box)->elements[front.at++], front.depth, false);
  }

  void advance_record() {
    open_part& front = open_.back();
    if (front.at == front.rest.box->size)
      return close("}");
    if (front.at > 1)
      put(",");
    if (front.depth == 1) {
      put_part(part::dots, "...");
      return close("}");
    }
    --front.depth;
    const atom name = (*front.names)[front.at - 1];
    const open_part field = {begin(part::field), field_of_record, front.rest, front.at, front.depth, 0, true};
    ++front.at;
    const auto named = begin(part::plain);
    put_atom(name);
    end(named);
    put(" = ");
    open_.push_back(field);
  }

  void advance_field() {
    open_part& front = open_.back();
    if (!front.is_first)
      return close("");
    front.is_first = false;
    write(static_cast<const tuple_cell*>(front.rest.box)->elements[front.at], front.depth, false);
  }

  void advance_map() {
    open_part& front = open_.back();
    const bool finished = front.at == front.rest.box->size;
    // ~W says `,...` even where nothing is left out; ~P does not.
    const bool cut = front.depth == 1 && !(options_.pretty && finished);
    if (front.at > 0 && (cut || !finished))
      put(",");
    if (cut)
      put_part(part::dots, "...");
    if (cut || finished)
      return close("}");
    --front.depth;
    open_part entry = {begin(part::pair), entry_of_map, front.rest, 2 * front.at, front.entry_depth, 0, true};
    ++front.at;
    open_.push_back(entry);
  }

  void advance_entry() {
    open_part& front = open_.back();
    const map_entry& entry = map_at(front.rest.box, front.at / 2);
    if (front.is_first) {
      front.is_first = false;
      return write(entry.key, front.depth, false);
    }
    if (front.at % 2 == 0) {
      ++front.at;
      put(" => ");
      return write(entry.value, front.depth, false);
    }
    close("");
  }

  void write_bits(const raw_term& value, std::int64_t depth, bool is_tail) {
    const std::string_view bytes = term::as_term(value).bytes();
    if (bytes.empty())
      return put_part(part::plain, "<<>>", is_tail);
    if (depth == 1)
      return put_part(part::plain, "<<...>>", is_tail);
    if (options_.pretty && options_.strings && value.aux == 0) {
      const printable_part shown = printable_bytes(bytes, depth - 1, options_.text, options_.beyond_latin1);
      if (shown.what != printable_part::none)
        return write_characters(bytes, shown, is_tail);
    }
    write_numbers(bytes, value.aux, depth, is_tail);
  }

  void write_characters(std::string_view bytes, const printable_part& shown, bool is_tail) {
    const auto index = begin(part::plain, is_tail);
    put("<<\"");
    const std::string_view visible = bytes.substr(0, shown.byte_count);
    for (std::size_t at = 0; at < visible.size();)
      put_character(shown.utf8 ? next_code_point(visible, at) : static_cast<unsigned char>(visible[at++]),
                    encoding::unicode);
    put(shown.utf8 ? "\"/utf8" : "\"");
    put(shown.what == printable_part::prefix ? "...>>" : ">>");
    end(index);
  }

  void write_numbers(std::string_view bytes, std::uint32_t unused_bits, std::int64_t depth, bool is_tail) {
    const auto index = begin(part::numbers, is_tail);
    put("<<");
    for (std::size_t at = 0; at < bytes.size(); ++at, --depth) {
      if (at > 0)
        put(",");
      if (depth == 1) {
        put("...");
        break;
      }
      const unsigned byte = static_cast<unsigned char>(bytes[at]);
      const bool is_partial = unused_bits > 0 && at + 1 == bytes.size();
      put(std::to_string(is_partial ? byte >> unused_bits : byte));
      if (is_partial)
        put(":" + std::to_string(8 - unused_bits));
    }
    put(">>");
    end(index);
  }

  const line_options options_;
  line line_;
  std::uint64_t width_ = 0;
  std::vector<open_part> open_;
};
}  // namespace

line write_line(const term& value, const line_options& options) {
  return writer{options}.of(value.raw());
}

std::string to_text_w(const term& value) {
  return write_line(value, {.pretty = false, .keep_parts = false}).text;
}

namespace host {
raw_term print(const raw_term& value, int how) noexcept {
  const line written =
      write_line(term::as_term(value), {.text = encoding::unicode, .pretty = how == 0, .keep_parts = false});
  return binary(written.text).detach();
}
}  // namespace host
}  // namespace twinslot
