# node-gyp is only a way in: CMake builds the addon. Left out of the published package, where pnpm would run it.
{
  "targets": [
    {
      "target_name": "toolken",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["build/Release/toolken.node"],
          "action": ["node", "scripts/build-native.mjs"]
        }
      ]
    }
  ]
}
