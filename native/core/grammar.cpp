#include "grammar_stack.h"

#include <algorithm>
#include <unordered_set>

namespace toolken {

namespace {

constexpr size_t MAX_WAYS = 4096;      // stacks between two characters
constexpr size_t MAX_STEPS = 16384;    // rules entered after a character
constexpr uint32_t MAX_NESTING = 4096; // rules within each other

using Kind = GbnfSymbol::Kind;

Error too_ambiguous() {
    return {"GRAMMAR_INVALID", "Expected a grammar with at most " + std::to_string(MAX_WAYS) +
                                   " ways of reading a text, nested at most " + std::to_string(MAX_NESTING) +
                                   " times"};
}

} // namespace

// Collects the stacks after a character: rules are entered until a character set or a token is on top.
class Grammar::Frontier {
  public:
    Frontier(const GbnfRules & rules, State & into) : rules_(rules), into_(into) {}

    // Everything after `symbol` of its alternative.
    void add_rest(const GbnfSymbol * symbol, const StackPtr & below) {
        push(symbol->last ? below : std::make_shared<const Stack>(symbol + 1, below));
        expand();
    }

    void add_rule(uint32_t rule, const StackPtr & below) {
        for (const auto & alternative : rules_.rules[rule]) {
            push(alternative.empty() ? below : std::make_shared<const Stack>(alternative.data(), below));
        }
        expand();
    }

  private:
    struct Hash {
        size_t operator()(const StackPtr & stack) const { return stack->hash; }
    };
    struct Equal {
        bool operator()(const StackPtr & left, const StackPtr & right) const {
            const Stack * a = left.get();
            const Stack * b = right.get();
            while (a != b) {
                if (a == nullptr || b == nullptr || a->hash != b->hash || a->symbol != b->symbol) {
                    return false;
                }
                a = a->below.get();
                b = b->below.get();
            }
            return true;
        }
    };

    void push(StackPtr stack) {
        if (!stack) {
            into_.complete = true;
        } else if (stack->depth > MAX_NESTING || ++steps_ > MAX_STEPS) {
            throw too_ambiguous();
        } else if (is_new(stack)) {
            todo_.push_back(std::move(stack));
        }
    }

    // Mostly there are only a few, for which a set is not worth its memory.
    bool is_new(const StackPtr & stack) {
        if (seen_.empty() && few_.size() < 8) {
            const bool found = std::any_of(few_.begin(), few_.end(),
                                           [&](const StackPtr & other) { return Equal()(stack, other); });
            if (!found) {
                few_.push_back(stack);
            }
            return !found;
        }
        if (seen_.empty()) {
            seen_.insert(few_.begin(), few_.end());
        }
        return seen_.insert(stack).second;
    }

    void expand() {
        while (!todo_.empty()) {
            const auto stack = std::move(todo_.back());
            todo_.pop_back();
            const auto * symbol = stack->symbol;
            if (symbol->kind != Kind::rule) {
                if (into_.stacks.size() >= MAX_WAYS) {
                    throw too_ambiguous();
                }
                into_.stacks.push_back(stack);
                continue;
            }
            const auto below =
                symbol->last ? stack->below : std::make_shared<const Stack>(symbol + 1, stack->below);
            for (const auto & alternative : rules_.rules[symbol->index]) {
                push(alternative.empty() ? below : std::make_shared<const Stack>(alternative.data(), below));
            }
        }
    }

    const GbnfRules & rules_;
    State & into_;
    std::vector<StackPtr> todo_;
    std::vector<StackPtr> few_;
    std::unordered_set<StackPtr, Hash, Equal> seen_;
    size_t steps_ = 0;
};

Grammar::Grammar(ModelPtr model, const std::string & gbnf, const std::string & root)
    : model_(std::move(model)) {
    const auto find_token = [this](std::string_view text) {
        const auto tokens = model_->tokenize(text, false, true);
        return tokens.size() == 1 ? tokens[0] : -1;
    };
    rules_ = std::make_shared<const GbnfRules>(gbnf_parse(gbnf, root, find_token));
    Frontier(*rules_, at_).add_rule(rules_->root, nullptr);
}

std::unique_ptr<Grammar> Grammar::clone() const {
    return std::unique_ptr<Grammar>(new Grammar(*this));
}

std::string_view Grammar::bytes_of(llama_token token) const {
    const auto & table = model_->token_table();
    const auto at = static_cast<size_t>(token);
    const auto from = static_cast<size_t>(table.offsets[at]);
    const auto to = static_cast<size_t>(table.offsets[at + 1]);
    return {reinterpret_cast<const char *>(table.bytes.data()) + from, to - from};
}

Grammar::State Grammar::after_character(const State & state, uint32_t code_point) const {
    State next;
    Frontier frontier(*rules_, next);
    for (const auto & stack : state.stacks) {
        const auto * symbol = stack->symbol;
        if (symbol->kind == Kind::characters && rules_->sets[symbol->index].contains(code_point)) {
            frontier.add_rest(symbol, stack->below);
        }
    }
    return next;
}

// Whether a character of which only the beginning is known may come next.
bool Grammar::may_begin(const State & state, const Partial & partial) const {
    const auto [value, missing] = partial;
    const auto bits = static_cast<uint32_t>(missing * 6);
    uint32_t low = value << bits;
    const uint32_t high = low | ((1U << bits) - 1);
    // A character has one spelling: smaller ones are not written with that many bytes.
    if (missing == 1 && value < 2) {
        return false;
    }
    if (low == 0) {
        low = missing == 2 ? 1U << 11 : 1U << 16;
    }
    return std::any_of(state.stacks.begin(), state.stacks.end(), [&](const StackPtr & stack) {
        return stack->symbol->kind == Kind::characters && rules_->sets[stack->symbol->index].meets(low, high);
    });
}

Grammar::State Grammar::after(llama_token token) const {
    // By its id: one symbol.
    State by_id;
    Frontier frontier(*rules_, by_id);
    for (const auto & stack : at_.stacks) {
        const auto * symbol = stack->symbol;
        const bool is_named = symbol->index == static_cast<uint32_t>(token);
        if (at_.partial.missing == 0 &&
            ((symbol->kind == Kind::token && is_named) || (symbol->kind == Kind::not_token && !is_named))) {
            frontier.add_rest(symbol, stack->below);
        }
    }
    // By its text, which a control token has none of: its name is not what the model says.
    const auto bytes = model_->is_control(token) ? std::string_view() : bytes_of(token);
    if (bytes.empty() || bytes[0] == '\0') {
        return by_id;
    }
    State by_text;
    const State * from = &at_;
    Partial partial = at_.partial;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        auto & [value, missing] = partial;
        if (missing > 0) {
            if ((byte & 0xC0U) != 0x80U) {
                return by_id;
            }
            value = (value << 6) | (byte & 0x3FU);
            --missing;
        } else if (byte < 0x80U) {
            value = byte;
        } else if (byte >= 0xC2U && byte < 0xF5U) {
            missing = byte < 0xE0U ? 1 : byte < 0xF0U ? 2 : 3;
            value = byte & (0x7FU >> (missing + 1));
        } else {
            return by_id;
        }
        if (missing == 0) {
            by_text = after_character(*from, value);
            from = &by_text;
            if (!by_text.possible()) {
                return by_id;
            }
        }
    }
    if (partial.missing > 0 && !may_begin(*from, partial)) {
        return by_id;
    }
    if (from == &at_) {
        by_text = at_;
    }
    by_text.partial = partial;
    by_text.complete = by_text.complete || by_id.complete;
    by_text.stacks.insert(by_text.stacks.end(), by_id.stacks.begin(), by_id.stacks.end());
    return by_text;
}

bool Grammar::accepts(llama_token token) const {
    if (model_->is_eog(token)) {
        return complete();
    }
    return after(token).possible();
}

void Grammar::keep_accepted(std::vector<llama_token_data> & candidates) const {
    // Most of a vocabulary fails at its first byte: those are known after one look at the stacks.
    std::vector<bool> first(256, true);
    const bool by_character =
        at_.partial.missing == 0 && std::all_of(at_.stacks.begin(), at_.stacks.end(), [](const StackPtr & s) {
            return s->symbol->kind == Kind::characters;
        });
    if (by_character) {
        for (uint32_t byte = 0; byte < 128; ++byte) {
            first[byte] = std::any_of(at_.stacks.begin(), at_.stacks.end(), [&](const StackPtr & s) {
                return rules_->sets[s->symbol->index].contains(byte);
            });
        }
    }
    std::erase_if(candidates, [&](const llama_token_data & candidate) {
        const auto bytes = bytes_of(candidate.id);
        if (!model_->is_eog(candidate.id) && by_character &&
            (bytes.empty() || !first[static_cast<unsigned char>(bytes[0])])) {
            return true;
        }
        return !accepts(candidate.id);
    });
}

void Grammar::accept(llama_token token) {
    const bool exists = token >= 0 && token < model_->facts().n_vocab;
    if (exists && model_->is_eog(token) && accepts(token)) {
        return;
    }
    State next = exists && !model_->is_eog(token) ? after(token) : State();
    if (!next.possible()) {
        throw Error("INVALID_ARGUMENT",
                    "Expected a token that the grammar accepts but received " + std::to_string(token));
    }
    at_ = std::move(next);
}

} // namespace toolken
