// An addon of its own, which sets variables in the environment of the process. TensorFlow reads some as its
// library is loaded, so this is loaded before it. In a worker thread of Node, process.env is a copy that no
// library sees.
#include <node_api.h>
#include <stdlib.h>

#include <string>

namespace {

std::string text_of(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return "";
  std::string text(length + 1, '\0');
  napi_get_value_string_utf8(env, value, &text[0], text.size(), &length);
  text.resize(length);
  return text;
}

// setVariable(name: string, value: string)
napi_value set_variable(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value given[2];
  if (napi_get_cb_info(env, info, &count, given, nullptr, nullptr) != napi_ok || count < 2) return nullptr;
  const std::string name = text_of(env, given[0]);
  if (!name.empty()) setenv(name.c_str(), text_of(env, given[1]).c_str(), 1);
  return nullptr;
}

} // namespace

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "setVariable", NAPI_AUTO_LENGTH, set_variable, nullptr, &function) ==
      napi_ok) {
    napi_set_named_property(env, exports, "setVariable", function);
  }
  return exports;
}
