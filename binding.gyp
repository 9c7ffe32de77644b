{
  "targets": [
    {
      "target_name": "v6only",
      "sources": ["native/addon.cc", "native/addon_sockets.cc", "native/handles.cc", "native/libuv_posix.cc", "native/values.cc",
        "native/rows.cc", "native/decimal.cc", "native/socket_posix.cc", "native/v6only_posix.cc", "native/operators.cc"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS"],
      "cflags": ["-Wall", "-Wextra", "-Wno-cast-function-type", "-fvisibility=hidden"],
      "conditions": [
        ["OS=='linux'", {
          "sources": ["native/v6only_linux.cc", "native/open_atomic.cc", "native/sysctl_linux.cc", "native/addresses_linux.cc",
            "native/sockets_linux.cc", "native/netlink_linux.cc", "native/processes_linux.cc"],
          "cflags": ["-O2"],
          "cflags!": ["-O3", "-fno-omit-frame-pointer"],
          "ldflags": ["-nodefaultlibs", "-Wl,-Bsymbolic"],
          "ldflags!": ["-rdynamic"]
        }],
        ["OS=='freebsd'", {
          "sources": ["native/v6only_bsd.cc", "native/open_atomic.cc", "native/sysctl_bsd.cc", "native/addresses_bsd.cc",
            "native/sockets_bsd.cc"],
          "cflags": ["-fvisibility-global-new-delete-hidden"]
        }],
        ["OS=='mac'", {
          "sources": ["native/v6only_bsd.cc", "native/open_darwin.cc", "native/sysctl_bsd.cc", "native/addresses_bsd.cc",
            "native/sockets_bsd.cc"],
          "xcode_settings": {
            "MACOSX_DEPLOYMENT_TARGET": "11.0",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
            "OTHER_CFLAGS": ["-fvisibility-global-new-delete-hidden"]
          }
        }]
      ]
    }
  ]
}
