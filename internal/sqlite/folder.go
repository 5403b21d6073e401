package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"firstlook/internal/journal"
)

const (
	databaseName = "firstlook.db"
	lockName     = "lock"
)

// makeFolder makes dir with mode 0700 unless it is there, and makes its name durable.
func makeFolder(dir string) error {
	info, err := os.Stat(dir)
	if err == nil {
		if !info.IsDir() {
			return &journal.Fault{Op: "open", Err: fmt.Errorf("%s is a file", dir), Remedy: "name a folder"}
		}
		return nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

// syncFolder makes the names in dir durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lockFolder takes the lock of dir for this process; closing the file gives it back. The text of the file is for
// people and for [Locked]; what excludes others is the lock, so a text that a killed process left means nothing.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		locked := readLock(f, dir)
		f.Close()
		return nil, &journal.Fault{Op: "open", Err: locked, Remedy: lockRemedy(locked)}
	}
	if err == nil {
		err = writeLock(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func lockRemedy(l *Locked) string {
	if l.PID == 0 {
		return "wait for it to end, or use another data folder"
	}
	return fmt.Sprintf("send the command to that process, stop it (kill %d), or use another data folder", l.PID)
}

// writeLock writes the process id on the first line and the command on the second.
func writeLock(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	command := strings.ReplaceAll(strings.Join(os.Args, " "), "\n", " ")
	_, err := f.WriteAt(fmt.Appendf(nil, "%d\n%.500s\n", os.Getpid(), command), 0)
	return err
}

func readLock(f *os.File, dir string) *Locked {
	b := make([]byte, 1024)
	n, _ := f.ReadAt(b, 0) // what cannot be read is reported as unknown
	pid, command, _ := strings.Cut(string(b[:n]), "\n")
	l := &Locked{Dir: dir, Command: strings.TrimSuffix(command, "\n")}
	l.PID, _ = strconv.Atoi(pid)
	return l
}
