{
  "targets": [
    {
      "target_name": "v6only",
      "sources": ["native/addon.cc", "native/socket_posix.cc"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS"],
      "cflags": ["-Wall", "-Wextra", "-Wno-cast-function-type", "-fvisibility=hidden"],
      "conditions": [
        ["OS=='linux'", {
          "sources": ["native/v6only_linux.cc", "native/open_atomic.cc", "native/sysctl_linux.cc"]
        }],
        ["OS=='freebsd'", {
          "sources": ["native/v6only_bsd.cc", "native/open_atomic.cc", "native/sysctl_bsd.cc", "native/constants_freebsd.cc"]
        }],
        ["OS=='mac'", {
          "sources": ["native/v6only_bsd.cc", "native/open_darwin.cc", "native/sysctl_bsd.cc", "native/constants_darwin.cc"],
          "xcode_settings": { "MACOSX_DEPLOYMENT_TARGET": "11.0", "GCC_SYMBOLS_PRIVATE_EXTERN": "YES" }
        }]
      ]
    }
  ]
}
