#include "runtime/console/completion.hpp"

#include "tests/catch.hpp"

using namespace twinslot::console;
using texts = std::vector<std::string>;

namespace {
const completion_world& world() {
  static const completion_world made{
      .modules =
          [] {
            return texts{"lists", "counter", "code"};
          },
      .functions =
          [](const std::string& module) {
            return module == "counter" ? texts{"get_count", "get_info", "increment", "start_link"} : texts{};
          },
      .commands =
          [] {
            return texts{"c", "ls", "length", "flush"};
          },
      .names =
          [] {
            return texts{"counter", "code_server"};
          },
      .variables =
          [] {
            return texts{"Pid", "Pids", "X"};
          },
      .files =
          [](const std::string& directory) {
            return directory == "." ? texts{"counter.cpp", "counter_v1.cpp", "lib/", ".hidden"} : texts{"inner.cpp"};
          }};
  return made;
}
std::string inserted(std::string_view before) {
  return complete(before, world()).insert;
}
texts choices(std::string_view before) {
  return complete(before, world()).choices;
}
}  // namespace

TEST_CASE("a function is completed with its parenthesis") {
  CHECK(inserted("counter:inc") == "rement(");
  CHECK(inserted("X = counter:st") == "art_link(");
  CHECK(inserted("counter:g") == "et_");
  CHECK(choices("counter:get_") == texts{"get_count", "get_info"});
  CHECK(choices("nosuch:g").empty());
}

TEST_CASE("a module is completed with its colon, a command with its parenthesis") {
  CHECK(inserted("lis") == "ts:");
  CHECK(inserted("flu") == "sh(");
  CHECK(choices("l") == texts{"length", "lists", "ls"});
}

TEST_CASE("a name that is a module and a process gets neither") {
  CHECK(inserted("gen_server:call(count") == "er");
  CHECK(choices("gen_server:call(co") == texts{"code", "code_server", "counter"});
}

TEST_CASE("variables are completed where a capital letter stands") {
  CHECK(inserted("foo(P") == "id");
  CHECK(choices("foo(P") == texts{"Pid", "Pids"});
  CHECK(choices("_").empty());
}

TEST_CASE("inside a string files are completed") {
  CHECK(inserted("file:copy(\"counter_") == "v1.cpp\"");
  CHECK(inserted("file:copy(\"a\", \"li") == "b/");
  CHECK(inserted("c(\"lib/in") == "ner.cpp\"");
  CHECK(inserted("f(\"a\", coun") == "ter");
  CHECK(choices("c(\"") == texts{"counter.cpp", "counter_v1.cpp", "lib/"});
  CHECK(inserted("c(\".h") == "idden\"");
}

TEST_CASE("a quote in a character, an atom or a comment opens no string") {
  CHECK(inserted("f($\", lis") == "ts:");
  CHECK(inserted("f('\"', lis") == "ts:");
  CHECK(inserted("% \" lis").empty() == false);
}
