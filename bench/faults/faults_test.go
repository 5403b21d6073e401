package main

import "testing"

// A full disk loses nothing, says what is wrong, and is over once there is room. The short form of killing is a test of
// package cli.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	binary, err := build(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("small disk", func(t *testing.T) { // limited files where nothing can be mounted
		if err := fillDisk(binary, dir, 1, t.Output()); err != nil {
			t.Error(err)
		}
	})
	t.Run("limited files", func(t *testing.T) {
		if err := fillLimited(binary, t.TempDir(), 2, t.Output()); err != nil {
			t.Error(err)
		}
	})
}
