// runtime/console/scanner.hpp - Erlang source text to tokens, fed line by line until the terminating dot.
//
//     scanner reading;
//     while (reading.feed(next_line()) == scanner::state::more) {}
//     reading.tokens()   what came before the dot, the dot included
//     reading.rest()     what followed it on the line
//
// For the console and its tests; one thread. Source: Erlang's reference manual; erl_scan of OTP 25 for the texts.
#pragma once
#include "runtime/term/term.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace twinslot::console {

/// Where something stands in the text: both count from 1, a column is a code point.
struct position {
  int line = 1;
  int column = 1;
  /// {Line, Column}, as abstract forms carry it.
  term as_term() const { return tuple(line, column); }
};

/// What is wrong with a text, and where: printed as `* 1:5: syntax error before: ')'`.
struct syntax_error {
  position at;
  std::string text;
};

struct token {
  atom category;  // atom, var, integer, float, string, char, dot; else the reserved word or sign itself
  position at;
  term value;        // of the first six
  std::string text;  // of a float, as it was typed: <0.10.0> is made of such
};

class scanner {
public:
  enum class state {
    more,    // the expression goes on in the next line
    done,    // a dot ended it
    failed,  // error() tells; the text up to the next dot has been skipped
  };
  /// Adds text (UTF-8; a line keeps its line feed) and scans as far as it goes.
  state feed(std::string_view text);
  /// No more text will come. `more`: nothing but blanks and comments were left.
  state finish();

  const std::vector<token>& tokens() const noexcept { return tokens_; }
  const syntax_error& error() const noexcept { return error_; }
  /// After done or failed: the text that was not looked at.
  std::string_view rest() const noexcept { return std::string_view(text_).substr(at_); }
  /// The expression as it was typed, without the dot and the blanks around it.
  std::string_view source() const noexcept;
  /// Nothing but blanks and comments so far.
  bool empty() const noexcept { return tokens_.empty() && !failed_; }

private:
  enum class step { token, more, done };
  struct cursor {
    std::size_t offset;
    position at;
  };
  state run(bool at_end);
  step next(bool at_end);
  step name(atom category, bool at_end);
  step number(bool at_end);
  step quoted(char quote, bool at_end);
  step character(bool at_end);
  step sign(bool at_end);
  bool escape(char32_t& code, bool at_end);
  void skip_blanks();
  step skip_to_dot(bool at_end);

  bool has(std::size_t ahead = 0) const noexcept { return at_ + ahead < text_.size(); }
  char peek(std::size_t ahead = 0) const noexcept { return has(ahead) ? text_[at_ + ahead] : '\0'; }
  char32_t take();
  [[noreturn]] void fail(position where, std::string text) const;
  atom atom_of(position where, std::string_view text) const;
  void add(atom category, position where, term value = {}, std::string text = {});

  std::string text_;
  std::size_t at_ = 0;
  std::size_t end_of_source_ = 0;
  position here_;
  std::vector<token> tokens_;
  syntax_error error_;
  bool failed_ = false;
};

/// Whether the word can't be used as an atom without quotes.
bool is_reserved_word(std::string_view word) noexcept;
}  // namespace twinslot::console
