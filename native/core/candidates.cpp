#include "candidates.h"

#include "error.h"
#include "softmax_kernels.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace toolken {

namespace {

struct Outcome {
    int32_t id;
    float logit;
};

bool better(const Outcome & a, const Outcome & b) {
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

// Values with the largest of each block, from which the largest of all and the best n follow without reading
// most of the values again.
struct Values {
    Values(const float * from, int count)
        : data(from), n(static_cast<size_t>(count)), maxima((n + MAXIMA_BLOCK - 1) / MAXIMA_BLOCK) {
        softmax_kernels().block_maxima(data, n, maxima.data());
        for (const float value : maxima) {
            if (!(value < std::numeric_limits<float>::infinity())) {
                throw Error("DECODE_FAILED", "Expected finite logits but the model gave NaN or Infinity");
            }
            most = std::max(most, value);
        }
    }

    double log_sum_exp() const {
        return std::isinf(most)
                   ? -std::numeric_limits<double>::infinity()
                   : static_cast<double>(most) + std::log(softmax_kernels().sum_exp(data, n, most));
    }

    const float * data;
    size_t n;
    std::vector<float> maxima;
    float most = -std::numeric_limits<float>::infinity();
};

// Appends the `top` best values, with ids from `first`; of equal ones those with the smaller ids. A heap
// whose worst element is on top goes over the blocks that can hold one of them: the top-th largest of the
// maxima is a lower bound of the top-th largest value.
void push_best(std::vector<Outcome> & best, const Values & values, int first, int top) {
    const auto wanted = static_cast<size_t>(std::max(top, 0));
    if (wanted == 0) {
        return;
    }
    float limit = -std::numeric_limits<float>::infinity();
    if (values.maxima.size() > wanted) {
        auto maxima = values.maxima;
        std::nth_element(maxima.begin(), maxima.begin() + (top - 1), maxima.end(), std::greater<>());
        limit = maxima[wanted - 1];
    }
    std::vector<Outcome> heap;
    heap.reserve(std::min(wanted, values.n));
    for (size_t block = 0; block < values.maxima.size(); ++block) {
        const bool full = heap.size() == wanted;
        if (values.maxima[block] < limit || (full && values.maxima[block] <= heap.front().logit)) {
            continue;
        }
        const size_t end = std::min(values.n, (block + 1) * MAXIMA_BLOCK);
        for (size_t i = block * MAXIMA_BLOCK; i < end; ++i) {
            const Outcome outcome{first + static_cast<int32_t>(i), values.data[i]};
            if (heap.size() == wanted) {
                if (outcome.logit > heap.front().logit) {
                    std::pop_heap(heap.begin(), heap.end(), better);
                    heap.back() = outcome;
                    std::push_heap(heap.begin(), heap.end(), better);
                }
            } else if (outcome.logit > -std::numeric_limits<float>::infinity()) {
                heap.push_back(outcome);
                std::push_heap(heap.begin(), heap.end(), better);
            }
        }
    }
    best.insert(best.end(), heap.begin(), heap.end());
}

Candidates finish(std::vector<Outcome> outcomes, double log_normaliser) {
    std::sort(outcomes.begin(), outcomes.end(), better);
    Candidates candidates;
    for (const auto & [id, logit] : outcomes) {
        candidates.ids.push_back(id);
        candidates.logits.push_back(logit);
        candidates.probs.push_back(static_cast<float>(std::exp(static_cast<double>(logit) - log_normaliser)));
    }
    return candidates;
}

double log_add(double a, double b) {
    const double high = std::max(a, b);
    return std::isinf(high) ? high : high + std::log(std::exp(a - high) + std::exp(b - high));
}

// logsumexp of all values of a softmax of which some are known with their probabilities: z - log p of the
// likeliest.
double normaliser_of(const float * logits, const float * probs, uint32_t from, uint32_t to) {
    uint32_t best = from;
    for (uint32_t c = from; c < to; ++c) {
        best = logits[c] > logits[best] ? c : best;
    }
    const bool nothing = from == to || logits[best] <= SWITCHED_OFF / 2;
    return nothing ? -std::numeric_limits<double>::infinity()
                   : static_cast<double>(logits[best]) - std::log(static_cast<double>(probs[best]));
}

} // namespace

double log_sum_exp(const float * logits, int64_t n) {
    const auto count = static_cast<size_t>(n);
    const float high = max_of(logits, count);
    return std::isinf(high)
               ? static_cast<double>(high)
               : static_cast<double>(high) + std::log(softmax_kernels().sum_exp(logits, count, high));
}

// -sum p log p with p = e^x / S and x below the largest logit: log S - (sum x e^x) / S.
double entropy_of(const float * logits, int64_t n) {
    const auto count = static_cast<size_t>(n);
    const float high = max_of(logits, count);
    if (std::isinf(high)) {
        return 0;
    }
    const double sum = softmax_kernels().sum_exp(logits, count, high);
    return std::log(sum) - softmax_kernels().sum_x_exp(logits, count, high) / sum;
}

Candidates candidates_on_host(const float * logits, int n_vocab, const float * tools, int n_tools,
                              int top_tokens, int top_tools) {
    const Values tokens(logits, n_vocab);
    double normaliser = tokens.log_sum_exp();
    std::vector<Outcome> best;
    push_best(best, tokens, 0, top_tokens);
    if (n_tools > 0) {
        const Values rows(tools, n_tools);
        normaliser = log_add(normaliser, rows.log_sum_exp());
        push_best(best, rows, n_vocab, top_tools);
    }
    return finish(std::move(best), normaliser);
}

Candidates candidates_under_grammar(const float * logits, int n_vocab, const Grammar & grammar, int top) {
    std::vector<Outcome> best;
    push_best(best, Values(logits, n_vocab), 0, top);
    std::vector<llama_token_data> data;
    for (const auto & [id, logit] : best) {
        data.push_back({id, logit, 0.0F});
    }
    grammar.keep_accepted(data);
    if (data.empty()) {
        data.reserve(static_cast<size_t>(n_vocab));
        for (int32_t id = 0; id < n_vocab; ++id) {
            data.push_back({id, logits[id], 0.0F});
        }
        grammar.keep_accepted(data);
    }
    best.clear();
    for (const auto & candidate : data) {
        best.push_back({candidate.id, candidate.logit});
    }
    std::sort(best.begin(), best.end(), better);
    if (static_cast<int>(best.size()) > top) {
        best.resize(static_cast<size_t>(top));
    }
    double normaliser = -std::numeric_limits<double>::infinity();
    for (const auto & outcome : best) {
        normaliser = log_add(normaliser, outcome.logit);
    }
    auto candidates = finish(std::move(best), normaliser);
    candidates.constrained = true;
    return candidates;
}

namespace {

// The product and the logits of the step's output, where the graph left them.
Candidates choose_on_host(const HeadSampler & sampler, int n_vocab) {
    const auto & shared = *sampler.shared;
    std::vector<float> logits_copy;
    std::vector<float> product_copy;
    const float * logits = head_sampler_row(shared.logits, sampler.row, logits_copy);
    const float * product = head_sampler_row(sampler.product, sampler.product_row, product_copy);
    std::vector<float> tools(static_cast<size_t>(std::min(sampler.head().count(), shared.rows)));
    for (size_t k = 0; k < tools.size(); ++k) {
        tools[k] = product[k] + sampler.bias[k];
    }
    return candidates_on_host(logits, n_vocab, tools.data(), static_cast<int>(tools.size()),
                              shared.top_tokens, shared.top_tools);
}

} // namespace

Candidates candidates_from_graph(llama_context * ctx, int32_t i, int n_vocab, const HeadSampler & sampler) {
    if (sampler.shared->chooses_on_host) {
        return choose_on_host(sampler, n_vocab);
    }
    const auto * ids = llama_get_sampled_candidates_ith(ctx, i);
    const auto * logits = llama_get_sampled_logits_ith(ctx, i);
    const auto * probs = llama_get_sampled_probs_ith(ctx, i);
    const auto count = llama_get_sampled_candidates_count_ith(ctx, i);
    if (ids == nullptr || logits == nullptr || probs == nullptr ||
        llama_get_sampled_logits_count_ith(ctx, i) != count ||
        llama_get_sampled_probs_count_ith(ctx, i) != count) {
        throw Error("DECODE_FAILED", "Expected the head's results in the graph's output but found none");
    }
    // Token ids come first, tool indices after them; an index of K or more belongs to a spare row.
    const int n_tools = sampler.head().count();
    const auto n_tokens = count - static_cast<uint32_t>(sampler.shared->top_tools);
    const double normaliser =
        log_add(normaliser_of(logits, probs, 0, n_tokens), normaliser_of(logits, probs, n_tokens, count));
    if (std::isnan(normaliser) || normaliser == std::numeric_limits<double>::infinity()) {
        throw Error("DECODE_FAILED", "Expected finite logits but the model gave NaN or Infinity");
    }
    std::vector<Outcome> outcomes;
    for (uint32_t c = 0; c < count; ++c) {
        const bool is_tool = c >= n_tokens;
        if (is_tool && (ids[c] >= n_tools || logits[c] <= SWITCHED_OFF / 2)) {
            continue;
        }
        outcomes.push_back({is_tool ? n_vocab + ids[c] : ids[c], logits[c]});
    }
    return finish(std::move(outcomes), normaliser);
}

} // namespace toolken
