// runtime/term/hash.cpp - equal terms (`=:=`) hash alike, however they are stored: text or list, flat map or tree.
#include "runtime/term/map_cells.hpp"

#include <cstring>
#include <vector>

namespace twinslot {
namespace {

std::uint64_t mixed(std::uint64_t value) noexcept {
  value ^= value >> 32;  // the finisher of MurmurHash3's descendants, "mix13" of Stafford
  value *= 0xbf58476d1ce4e5b9;
  value ^= value >> 29;
  value *= 0x94d049bb133111eb;
  return value ^ (value >> 32);
}

/// What is still to be hashed: a run of terms, the rest of a list, or the rest of a map.
struct step {
  const raw_term* terms;
  const cell* map;
  raw_term list;
  std::uint64_t count;
};

class hashing {
public:
  std::uint64_t of(const raw_term& value) noexcept {
    add(value);
    while (!steps_.empty())
      advance();
    return hash_;
  }

private:
  void put(std::uint64_t word) noexcept { hash_ = mixed(hash_ ^ word) + 0x9e3779b97f4a7c15; }
  void put(kind what, std::uint64_t word) noexcept {
    put(static_cast<std::uint64_t>(what));
    put(word);
  }

  void put_bytes(const char* data, std::uint64_t size) noexcept {
    for (; size >= 8; data += 8, size -= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, data, 8);
      put(word);
    }
    std::uint64_t last = 0;
    std::memcpy(&last, data, size);
    put(last);
  }

  void add(const raw_term& value) noexcept {
    switch (value.what) {
      case kind::integer: put(kind::integer, static_cast<std::uint64_t>(value.integer)); break;
      case kind::floating: {
        std::uint64_t bits = 0;
        if (value.floating != 0)  // 0.0 and -0.0 are equal
          std::memcpy(&bits, &value.floating, 8);
        put(kind::floating, bits);
        break;
      }
      case kind::atom: put(kind::atom, value.id); break;
      case kind::nil: put(kind::nil, 0); break;
      case kind::reference:
      case kind::port:
      case kind::pid:
        put(value.what, value.id);
        put(value.aux);
        break;
      case kind::bignum: {
        const auto* big = static_cast<const bignum_cell*>(value.box);
        put(kind::bignum, big->size << 1 | (big->flags & 1U));
        for (std::uint64_t i = 0; i < big->size; ++i)
          put(big->limbs[i]);
        break;
      }
      case kind::binary: add_binary(value); break;
      case kind::fun: {
        const auto* fun = static_cast<const fun_cell*>(value.box);
        put(kind::fun, fun->flags);
        put(fun->unique);
        put(fun->arity);
        push({.terms = &fun->module, .map = nullptr, .list = {}, .count = 3});
        break;
      }
      case kind::tuple: {
        put(kind::tuple, value.box->size);
        push({.terms = static_cast<const tuple_cell*>(value.box)->elements,
              .map = nullptr,
              .list = {},
              .count = value.box->size});
        break;
      }
      case kind::map:
        put(kind::map, value.box->size);
        push({.terms = nullptr, .map = value.box, .list = {}, .count = 0});
        break;
      case kind::list:
      case kind::text: push({.terms = nullptr, .map = nullptr, .list = value, .count = 0}); break;
    }
  }

  void add_binary(const raw_term& value) noexcept {
    const auto* bytes = static_cast<const binary_cell*>(value.box);
    put(kind::binary, bytes->size * 8 - value.aux);
    const std::uint64_t whole = value.aux ? bytes->size - 1 : bytes->size;
    put_bytes(bytes->data, whole);
    if (value.aux)
      put(static_cast<unsigned char>(bytes->data[whole]) >> value.aux);
  }

  void push(const step& next) noexcept { steps_.push_back(next); }

  void advance() noexcept {
    step& front = steps_.back();
    if (front.terms)
      advance_run(front);
    else if (front.map)
      advance_map(front);
    else
      advance_list();
  }

  void advance_run(step& front) noexcept {
    if (front.count == 0) {
      steps_.pop_back();
      return;
    }
    --front.count;
    add(*front.terms++);
  }

  void advance_map(step& front) noexcept {
    if (front.count == front.map->size) {
      steps_.pop_back();
      return;
    }
    const map_entry& entry = map_at(front.map, front.count++);
    push({.terms = &entry.key, .map = nullptr, .list = {}, .count = 2});
  }

  /// Each element is announced by a word of its own, so that the end of the list is told from an element.
  void advance_list() noexcept {
    const auto depth = steps_.size();
    raw_term rest = steps_.back().list;
    while (rest.what == kind::list || rest.what == kind::text) {
      put(static_cast<std::uint64_t>(kind::list));
      if (rest.what == kind::text) {
        const auto* text = static_cast<const text_cell*>(rest.box);
        put(kind::integer, static_cast<unsigned char>(text->bytes[rest.aux]));
      } else {
        add(static_cast<const list_cell*>(rest.box)->elements[rest.aux]);
      }
      if (rest.aux + 1 < rest.box->size)
        ++rest.aux;
      else
        rest = rest.what == kind::text ? term::bits(kind::nil) : static_cast<const list_cell*>(rest.box)->tail;
      if (steps_.size() > depth) {
        steps_[depth - 1].list = rest;
        return;
      }
    }
    steps_.pop_back();
    add(rest);
  }

  std::uint64_t hash_ = 0x9ae16a3b2f90404f;
  std::vector<step> steps_;
};
}  // namespace

namespace host {
std::uint64_t hash(const raw_term& value) noexcept {
  return hashing{}.of(value);
}
}  // namespace host
}  // namespace twinslot
