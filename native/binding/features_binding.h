// extractFeatures(model, input, cancel, progress): Promise<counts>
#pragma once

#include <napi.h>

namespace toolken {

Napi::Value extract_features(const Napi::CallbackInfo & info);

} // namespace toolken
