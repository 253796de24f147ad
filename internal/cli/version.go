package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// VersionText returns the version information that the toolchain recorded in the binary.
func VersionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "portsniff, built without version information\n"
	}
	text := fmt.Sprintf("portsniff %s, %s, %s/%s\n", info.Main.Version, info.GoVersion,
		runtime.GOOS, runtime.GOARCH)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision", "vcs.time", "vcs.modified":
			text += s.Key + " " + s.Value + "\n"
		}
	}
	return text
}

// Version returns the version only.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}
