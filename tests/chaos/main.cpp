// chaos: see storm.hpp. Exit status 0: all went as predicted; 1: it did not, and the seed is named.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/chaos/storm.hpp"

int main(int argc, char** argv) {
  twinslot::chaos::settings chosen;
  chosen.seed = std::random_device{}();
  chosen.chaos_plugins = CHAOS_PLUGINS;
  chosen.echo_plugins = ECHO_PLUGINS;
  CLI::App app{"Random operations on 60 servers and their module, and a model that predicts what is left of it"};
  app.add_option("--seed", chosen.seed, "What the steps are drawn from; default: another one each time");
  app.add_option("--seconds", chosen.seconds, "How long; default 5");
  app.add_option("--actors", chosen.actors, "Processes that do something at the same time; default 6");
  app.add_option("--servers", chosen.servers, "Servers of the module; default 60");
  app.add_option("--clients", chosen.clients, "TCP clients; default 4");
  app.add_option("--log", chosen.log, "A file for every step");
  app.add_option("--replay", chosen.replay, "A log whose steps are done again, in the order in which they began");
  CLI11_PARSE(app, argc, argv);
  const std::string failure = twinslot::chaos::run(chosen);
  if (failure.empty())
    return 0;
  std::printf("%s\nseed %u\n", failure.c_str(), chosen.seed);
  return 1;
}
