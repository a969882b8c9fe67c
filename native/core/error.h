// Typed errors of the native core: the code names what went wrong and becomes `ToolkenError.code`.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace toolken {

class Error : public std::runtime_error {
  public:
    Error(std::string code, const std::string & message)
        : std::runtime_error(message), code_(std::move(code)) {}

    const std::string & code() const noexcept { return code_; }

  private:
    std::string code_;
};

} // namespace toolken
