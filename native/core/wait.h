// Waiting for a condition without std::condition_variable::wait, whose symbol in libstdc++ 12
// (GLIBCXX_3.4.30) is missing in the libraries of RHEL 9 and Amazon Linux 2023. The timed wait is inlined.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace toolken {

template <class Condition>
void wait(std::condition_variable & changed, std::unique_lock<std::mutex> & lock,
          const Condition & condition) {
    constexpr std::chrono::hours LONG{1};
    while (!changed.wait_for(lock, LONG, condition)) {
    }
}

} // namespace toolken
