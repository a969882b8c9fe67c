#include "ahead.h"

#include "wait.h"

#include <algorithm>
#include <chrono>
#include <set>

namespace toolken {

namespace {

// How soon a step that is waited for notices that its caller gave up.
constexpr std::chrono::milliseconds CANCEL_INTERVAL{5};

bool same_request(const OutputRequest & a, const OutputRequest & b) {
    return a.index == b.index && a.top == b.top && a.hidden_state == b.hidden_state && a.logits == b.logits &&
           !a.grammar && !b.grammar;
}

} // namespace

// Ends what is decoded ahead before the backends that it runs on are taken down: a process may exit at any
// time, without destroying a context. Not on Windows, where threads are gone by the time that a library's
// statics go.
class AheadDecoder::Running {
  public:
    static Running & instance() {
        static Running running;
        return running;
    }

    void add(AheadDecoder * decoder) {
        const std::lock_guard lock(mutex_);
        decoders_.insert(decoder);
    }

    void remove(AheadDecoder * decoder) {
        const std::lock_guard lock(mutex_);
        decoders_.erase(decoder);
    }

  private:
    Running() = default;
    ~Running() {
#ifndef _WIN32
        const std::lock_guard lock(mutex_);
        for (auto * decoder : decoders_) {
            decoder->quit();
        }
#endif
    }

    std::mutex mutex_;
    std::set<AheadDecoder *> decoders_;
};

AheadDecoder::~AheadDecoder() {
    if (thread_.joinable()) {
        Running::instance().remove(this);
    }
    quit();
}

void AheadDecoder::quit() {
    {
        const std::lock_guard lock(mutex_);
        quit_ = true;
        if (cancel_) {
            cancel_->cancel();
        }
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

std::vector<Output> AheadDecoder::decode(const Batch & batch, const std::vector<OutputRequest> & requests,
                                         const CancelFlagPtr & cancel) {
    std::unique_lock lock(mutex_);
    Result result;
    if (state_ != State::none && same(step_, batch, requests)) {
        // Whether the step after it is wanted is only known now.
        for (size_t i = 0; i < requests.size(); ++i) {
            step_.requests[i].ahead = requests[i].ahead;
        }
        result = take(lock, cancel);
    } else {
        lock.unlock();
        settle();
        const Step step{batch, requests};
        result = compute(step, cancel);
        lock.lock();
        begin(next(step, result));
    }
    lock.unlock();
    changed_.notify_all();
    if (result.error) {
        std::rethrow_exception(result.error);
    }
    return std::move(result.outputs);
}

bool AheadDecoder::is_ahead() {
    const std::lock_guard lock(mutex_);
    return state_ != State::none;
}

void AheadDecoder::settle() {
    std::unique_lock lock(mutex_);
    if (state_ == State::running) {
        cancel_->cancel();
        wait(changed_, lock, [this] { return state_ != State::running; });
    }
    if (state_ == State::ready) {
        for (size_t i = 0; i < step_.batch.tokens.size(); ++i) {
            context_.roll_back(step_.batch.sequences[i], step_.batch.positions[i]);
        }
    }
    begin(std::nullopt);
}

AheadDecoder::Result AheadDecoder::take(std::unique_lock<std::mutex> & lock, const CancelFlagPtr & cancel) {
    if (state_ == State::ready) {
        Result result = std::move(result_);
        begin(next(step_, result));
        return result;
    }
    claimed_ = true;
    while (!changed_.wait_for(lock, CANCEL_INTERVAL, [this] { return delivered_.has_value(); })) {
        if (cancel->cancelled()) {
            cancel_->cancel();
        }
    }
    Result result = std::move(*delivered_);
    delivered_.reset();
    return result;
}

void AheadDecoder::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wait(changed_, lock, [this] { return quit_ || state_ == State::running; });
        if (quit_) {
            return;
        }
        const Step step = step_;
        const auto cancel = cancel_;
        lock.unlock();
        Result result = compute(step, cancel);
        lock.lock();
        if (claimed_) {
            // The caller agreed before the step was ready: the one after it begins without waiting for
            // anybody.
            begin(next(step_, result));
            claimed_ = false;
            delivered_ = std::move(result);
        } else if (result.error) {
            begin(std::nullopt);
        } else {
            state_ = State::ready;
            result_ = std::move(result);
        }
        changed_.notify_all();
    }
}

AheadDecoder::Result AheadDecoder::compute(const Step & step, const CancelFlagPtr & cancel) {
    Result result;
    const auto start = std::chrono::steady_clock::now();
    try {
        result.outputs = context_.decode(step.batch, step.requests, cancel);
    } catch (...) {
        // The context is as before the step.
        result.error = std::current_exception();
    }
    result.took = std::chrono::steady_clock::now() - start;
    return result;
}

void AheadDecoder::begin(std::optional<Step> step) noexcept {
    state_ = State::none;
    result_ = {};
    if (!step) {
        return;
    }
    try {
        cancel_ = std::make_shared<CancelFlag>();
        if (!thread_.joinable()) {
            thread_ = std::thread([this] { work(); });
            Running::instance().add(this);
        }
        step_ = std::move(*step);
        state_ = State::running;
    } catch (const std::exception &) {
        // No thread to be had: nothing is decoded ahead.
    }
}

bool AheadDecoder::same(const Step & step, const Batch & batch, const std::vector<OutputRequest> & requests) {
    return step.batch.tokens == batch.tokens && step.batch.positions == batch.positions &&
           step.batch.sequences == batch.sequences &&
           std::equal(step.requests.begin(), step.requests.end(), requests.begin(), requests.end(),
                      same_request);
}

std::optional<AheadDecoder::Step> AheadDecoder::next(const Step & step, const Result & result) const {
    const auto & requests = step.requests;
    // A batch with more tokens than outputs is a prompt, which says nothing of how long a step takes.
    const bool is_step = !requests.empty() && step.batch.tokens.size() == requests.size();
    if (result.error || !is_step || result.took < least_) {
        return std::nullopt;
    }
    Step following;
    for (size_t i = 0; i < requests.size(); ++i) {
        const auto & ids = result.outputs[i].candidates.ids;
        const bool goes_on =
            !ids.empty() && ids[0] < context_.model()->facts().n_vocab && !context_.model()->is_eog(ids[0]);
        if (!requests[i].ahead || requests[i].grammar || !goes_on) {
            return std::nullopt;
        }
        const auto at = static_cast<size_t>(requests[i].index);
        following.batch.tokens.push_back(ids[0]);
        following.batch.positions.push_back(step.batch.positions[at] + 1);
        following.batch.sequences.push_back(step.batch.sequences[at]);
        following.requests.push_back(requests[i]);
        following.requests.back().index = static_cast<int>(i);
    }
    return following;
}

} // namespace toolken
