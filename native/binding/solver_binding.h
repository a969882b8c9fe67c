// solve(problem, options, cancel, progress): Promise<solution>
#pragma once

#include <napi.h>

namespace toolken {

Napi::Value solve(const Napi::CallbackInfo & info);

} // namespace toolken
