// llama.cpp's messages: to whoever asked for them, and warnings to whoever explains a failure. Nothing is
// written to standard error unless the environment variable TOOLKEN_LOG asks for it.
#pragma once

#include <functional>
#include <string>

namespace toolken {

enum class LogLevel { none = 0, error = 1, warn = 2, info = 3, debug = 4 };

// Installs the process-wide log callback. Idempotent.
void log_install();

// Calls `sink`, from any thread, with every whole line of at least this importance. Returns a number for
// log_remove_sink, after which the sink is not called any more.
using LogSink = std::function<void(LogLevel, const std::string & line)>;
int log_add_sink(LogLevel level, LogSink sink);
void log_remove_sink(int number);

// Collects warnings and errors that llama.cpp logs on this thread while the object lives.
class LogCapture {
  public:
    LogCapture();
    ~LogCapture();
    LogCapture(const LogCapture &) = delete;
    LogCapture & operator=(const LogCapture &) = delete;

    // The last lines, trimmed, or "no reason given".
    std::string reason() const;

  private:
    std::string text_;
    std::string * outer_;
};

} // namespace toolken
