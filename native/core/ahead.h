// Decodes the step that a caller will most likely ask for next while it still looks at the last one: with a
// core to spare, what the caller does between two tokens (another thread, another language) costs nothing.
#pragma once

#include "context.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace toolken {

// One operation at a time, from any thread. What was decoded ahead is seen by nobody until it is asked for.
class AheadDecoder {
  public:
    using Duration = std::chrono::steady_clock::duration;

    // Where a step takes less than `least`, nothing is decoded ahead: it would be over before its caller has
    // looked, and on few cores the two would stand in each other's way.
    explicit AheadDecoder(Context & context, Duration least = std::chrono::milliseconds(2))
        : context_(context), least_(least) {}
    ~AheadDecoder();
    AheadDecoder(const AheadDecoder &) = delete;
    AheadDecoder & operator=(const AheadDecoder &) = delete;

    // As Context::decode. When every request says `ahead`, each sequence goes on with its best token on a
    // thread of its own; the next decode that asks for just that takes it over, any other one takes it back
    // first.
    std::vector<Output> decode(const Batch & batch, const std::vector<OutputRequest> & requests,
                               const CancelFlagPtr & cancel);

    // Whether something is, or may be, decoded ahead.
    bool is_ahead();

    // Takes back what was decoded ahead: before every other operation on the context, or on one that shares
    // its threads. Returns when nothing computes any more, on a CPU after an operation of the graph.
    void settle();

  private:
    struct Step {
        Batch batch;
        std::vector<OutputRequest> requests;
    };
    struct Result {
        std::vector<Output> outputs;
        std::exception_ptr error;
        Duration took{};
    };
    // nothing ahead; computing `step_`; `result_` is that of `step_`
    enum class State { none, running, ready };
    class Running;

    static bool same(const Step & step, const Batch & batch, const std::vector<OutputRequest> & requests);
    Result compute(const Step & step, const CancelFlagPtr & cancel);
    std::optional<Step> next(const Step & step, const Result & result) const;
    // With the lock held.
    void begin(std::optional<Step> step) noexcept;
    Result take(std::unique_lock<std::mutex> & lock, const CancelFlagPtr & cancel);
    void work();
    // Without the lock; nothing is decoded ahead any more.
    void quit();

    Context & context_;
    const Duration least_;
    std::mutex mutex_;
    std::condition_variable changed_;
    State state_ = State::none;
    Step step_;
    CancelFlagPtr cancel_;
    Result result_;                   // of step_, when ready
    bool claimed_ = false;            // whoever asked for step_ waits for it
    std::optional<Result> delivered_; // to whoever claimed a step
    bool quit_ = false;
    std::thread thread_; // started with the first step
};

} // namespace toolken
