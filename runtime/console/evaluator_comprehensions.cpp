// [X || X <- List, X > 1] and << <<X>> || <<X>> <= Binary >>.
#include "runtime/console/evaluator.hpp"

namespace twinslot::console {

term evaluator::list_comprehension(const term& e) {
  terms made;
  const auto before = scope_.here();
  qualify(e[3], [&] { made.push_back(expression(e[2])); });
  scope_.rewind(before);
  return list_of(made.data(), made.size());
}

term evaluator::binary_comprehension(const term& e) {
  bit_writer made;
  const auto before = scope_.here();
  qualify(e[3], [&] {
    const term piece = expression(e[2]);
    if (!piece.is_bitstring())
      refuse_segment(1, segment_format::type::binary, "type", piece);
    made.bitstring(piece, bit_size(piece));
  });
  scope_.rewind(before);
  return made.finish();
}

template <class Each>
void evaluator::qualify(const term& qualifiers, const Each& each) {
  if (qualifiers.is_nil())
    return each();
  const term first = qualifiers.head();
  const term rest = qualifiers.tail();
  if (first[0] == "generate"_atom)
    generate_list(first, rest, each);
  else if (first[0] == "b_generate"_atom)
    generate_binary(first, rest, each);
  else if (filter(first))
    qualify(rest, each);
}

template <class Each>
void evaluator::generate_list(const term& generator, const term& rest, const Each& each) {
  term left = expression(generator[3]);
  const auto before = scope_.here();
  for (; left.is_cons(); left = left.tail()) {
    step();
    if (match(generator[2], left.head(), before))
      qualify(rest, each);
    scope_.rewind(before);
  }
  if (!left.is_nil())
    raise_error(tuple("bad_generator", left));
}

template <class Each>
void evaluator::generate_binary(const term& generator, const term& rest, const Each& each) {
  const term source = expression(generator[3]);
  if (!source.is_bitstring())
    raise_error(tuple("bad_generator", source));
  bit_reader in(source);
  const auto before = scope_.here();
  for (;;) {
    step();
    const fit result = match_segments(generator[2][2], in, before);
    if (result == fit::too_short)
      break;
    if (result == fit::match)
      qualify(rest, each);
    scope_.rewind(before);
  }
  scope_.rewind(before);
}

// A test that could be a guard fails where it raises; any other has to be true or false.
bool evaluator::filter(const term& test) {
  if (is_guard_expression(test))
    return guard(list(list(test)));
  const auto before = scope_.here();
  const term value = expression(test);
  scope_.rewind(before);
  if (!value.is_bool())
    raise_error(tuple("bad_filter", value));
  return value.is_atom("true"_atom);
}
}  // namespace twinslot::console
