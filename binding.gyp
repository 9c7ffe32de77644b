{
  "targets": [
    {
      "target_name": "v6only",
      "sources": ["native/addon.cc", "native/addon_sockets.cc", "native/handles.cc", "native/values.cc", "native/rows.cc",
        "native/decimal.cc", "native/socket_address.cc", "native/operators.cc"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS"],
      "cflags": ["-Wall", "-Wextra", "-Wno-cast-function-type", "-fvisibility=hidden"],
      "conditions": [
        ["OS!='win'", {
          "sources": ["native/libuv_posix.cc", "native/socket_posix.cc", "native/v6only_posix.cc"]
        }],
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
        ["OS=='netbsd'", {
          "sources": ["native/v6only_bsd.cc", "native/open_atomic.cc", "native/sysctl_bsd.cc", "native/addresses_bsd.cc",
            "native/sockets_bsd.cc"]
        }],
        ["OS=='openbsd'", {
          "sources": ["native/v6only_bsd.cc", "native/open_atomic.cc", "native/sysctl_none.cc", "native/addresses_bsd.cc",
            "native/sockets_bsd.cc"]
        }],
        ["OS=='mac'", {
          "sources": ["native/v6only_bsd.cc", "native/open_darwin.cc", "native/sysctl_bsd.cc", "native/addresses_bsd.cc",
            "native/sockets_bsd.cc"],
          "xcode_settings": {
            "MACOSX_DEPLOYMENT_TARGET": "11.0",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
            "OTHER_CFLAGS": ["-fvisibility-global-new-delete-hidden"]
          }
        }],
        ["OS=='win'", {
          "sources": ["native/host_win.cc", "native/libuv_win.cc", "native/errors_win.cc", "native/protocol_win.cc",
            "native/socket_win.cc", "native/v6only_win.cc", "native/sysctl_none.cc", "native/addresses_win.cc",
            "native/sockets_win.cc", "native/processes_win.cc", "native/own_sockets_win.cc", "native/contend_win.cc", "native/extras_win.cc"],
          "defines": ["NAPI_EXTERN=__declspec(dllimport)"],
          "libraries": ["ws2_32.lib", "iphlpapi.lib"]
        }]
      ]
    }
  ]
}
