package explain

import (
	"os"
	"testing"
	"time"
)

// TestMain has the times of all tests be in one zone.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}
