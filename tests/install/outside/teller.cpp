// Prints a term: links the installed libraries.
#include "runtime/term/print.hpp"
#include "runtime/term/term.hpp"

#include <cstdio>

int main() {
  const auto text = twinslot::to_text_w(twinslot::tuple("ok", 1));
  std::printf("%s\n", text.c_str());
}
