// Grammar: text that likely comes next.
#include "grammar_stack.h"

#include "utf8.h"

#include <algorithm>
#include <optional>

namespace toolken {

namespace {

// What may end a value in JSON or in a list of arguments.
constexpr std::string_view ENDS = "\"])},";

} // namespace

uint32_t Grammar::forced_character(const State & state, bool spaced) const {
    if (state.complete || state.partial.missing != 0) {
        return 0;
    }
    std::optional<uint32_t> other; // than a space
    bool may_be_space = false;
    bool is_open = false; // several characters may come
    for (const auto & stack : state.stacks) {
        const auto * symbol = stack->symbol;
        if (symbol->kind != GbnfSymbol::Kind::characters) {
            return 0;
        }
        const auto & set = rules_->sets[symbol->index];
        const bool is_single =
            !set.inverted && set.ranges.size() == 1 && set.ranges[0].first == set.ranges[0].second;
        const auto code_point = is_single ? set.ranges[0].first : 0;
        if (code_point == ' ') {
            may_be_space = true;
        } else if (is_single && other.value_or(code_point) == code_point) {
            other = code_point;
        } else {
            is_open = true;
        }
    }
    if (may_be_space && (spaced || (!other && !is_open))) {
        return ' ';
    }
    return is_open ? 0 : other.value_or(0);
}

bool Grammar::extend(State & state, std::string & text, uint32_t code_point) const {
    State next = after_character(state, code_point);
    if (!next.possible()) {
        return false;
    }
    state = std::move(next);
    append_utf8(text, code_point);
    return true;
}

std::string Grammar::draft(std::optional<std::string_view> copy, bool spaced, size_t max_bytes) const {
    std::string text;
    State state = at_;
    const auto add_forced = [&] {
        while (text.size() < max_bytes) {
            const auto code_point = forced_character(state, spaced);
            if (code_point == 0 || !extend(state, text, code_point)) {
                return;
            }
        }
    };
    add_forced();
    if (!copy || state.partial.missing != 0) {
        return text;
    }
    for (const auto code_point : utf8_code_points(*copy)) {
        if (text.size() >= max_bytes || !extend(state, text, code_point)) {
            break;
        }
    }
    const auto ends = [&](char end) { return extend(state, text, static_cast<unsigned char>(end)); };
    if (text.size() < max_bytes && std::any_of(ENDS.begin(), ENDS.end(), ends)) {
        add_forced();
    }
    return text;
}

} // namespace toolken
