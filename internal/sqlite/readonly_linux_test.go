package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestReadOnly opens folders that this user may not write. For root every folder is writable, so the test takes the
// rights of another user for the one thread that it runs on; the thread ends with it.
func TestReadOnly(t *testing.T) {
	full := filled(t)
	bare := t.TempDir()
	for _, dir := range []string{full, bare} {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(dir, 0o755)
	}
	faults := make(chan error)
	go func() {
		defer close(faults)
		runtime.LockOSThread() // and never unlocked
		if os.Geteuid() == 0 {
			if err := syscall.Setfsuid(65534); err != nil {
				faults <- err
				return
			}
		}
		for _, dir := range []string{full, bare, bare + "/new"} {
			s, err := Open(dir, Options{})
			if err == nil {
				s.Close()
			}
			faults <- err
		}
	}()
	n := 0
	for err := range faults {
		n++
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "make the folder writable") {
			t.Errorf("folder %d: %v", n, err)
		}
	}
	if n != 3 {
		t.Errorf("%d answers", n)
	}
}
