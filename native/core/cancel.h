// One flag per abortable operation, shared between the thread that computes and the one that aborts.
#pragma once

#include "error.h"

#include <atomic>
#include <memory>

namespace toolken {

class CancelFlag {
  public:
    void cancel() noexcept { flag_.store(true, std::memory_order_relaxed); }
    bool cancelled() const noexcept { return flag_.load(std::memory_order_relaxed); }
    const std::atomic<bool> & raw() const noexcept { return flag_; }

    void throw_if_cancelled() const {
        if (cancelled()) {
            throw Error("ABORTED", "The operation was aborted");
        }
    }

  private:
    std::atomic<bool> flag_{false};
};

using CancelFlagPtr = std::shared_ptr<CancelFlag>;

} // namespace toolken
