#include "runtime/console/options.hpp"

#include <CLI/CLI.hpp>

namespace twinslot::console {

std::variant<options, int> parse_options(int argc, char** argv, const std::string& version) {
  options chosen;
  std::int64_t limit_ms = 0;
  CLI::App app{
      "Actors for C++ whose code is replaced while they run. Without options: a console that speaks Erlang's "
      "expressions; help(). lists its commands."};
  app.set_version_flag("--version,-V", "twinslot " + version);
  auto* expressions =
      app.add_option("-e,--eval", chosen.expressions, "Evaluate an expression and print its value; may be given again")
          ->type_name("EXPR")
          ->allow_extra_args(false);
  app.add_option("-f,--file", chosen.file, "Play a session file and print what a terminal would show; - is stdin")
      ->type_name("FILE")
      ->excludes(expressions);
  app.add_option("--pa", chosen.code_paths, "Put a directory in front of the code path; may be given again")
      ->type_name("DIR")
      ->allow_extra_args(false);
  app.add_option("--eval-timeout", limit_ms, "Kill an evaluation that takes longer")
      ->type_name("MS")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  std::string module;
  auto* fresh = app.add_subcommand("new", "Write a module to start from, NAME.cpp, and compile_flags.txt for editors");
  fresh->add_option("NAME", module, "What the module is to be called")->required()->type_name("");
  app.footer("Exit status: 0; 1 after an exception in -e; 2 after a wrong option.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& outcome) {
    return app.exit(outcome) == 0 ? 0 : 2;
  }
  if (fresh->parsed())
    chosen.new_module = module;
  chosen.evaluation_limit = std::chrono::milliseconds(limit_ms);
  return chosen;
}
}  // namespace twinslot::console
