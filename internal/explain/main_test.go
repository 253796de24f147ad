package explain

import (
	"os"
	"testing"
	"time"
)

// TestMain sets one time zone for all tests.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}
