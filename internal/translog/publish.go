package translog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"firstlook/proof"
)

// Publish writes the log to a folder that any static host can serve: the checkpoint and every tile of hashes, at the paths
// of C2SP tlog-tiles; with entries also the leaves, which name needs and the kinds of events, and seal the rest. What is
// there already and full is not written again; the checkpoint is written last.
func Publish(ctx context.Context, v *View, checkpoint []byte, dir string, entries bool) error {
	for level := 0; v.Size()>>(proof.TileHeight*level) > 0; level++ {
		have := v.Size() >> (proof.TileHeight * level)
		for n := int64(0); n*proof.TileWidth < have; n++ {
			width := int(min(have-n*proof.TileWidth, proof.TileWidth))
			if err := publishTile(ctx, v, dir, level, n, width, entries && level == 0); err != nil {
				return err
			}
		}
	}
	return writeFile(filepath.Join(dir, "checkpoint"), checkpoint, 0o644)
}

func publishTile(ctx context.Context, v *View, dir string, level int, n int64, width int, entries bool) error {
	err := publishOnce(filepath.Join(dir, proof.TilePath(level, n, width)), func() ([]byte, error) {
		hashes, err := v.Tile(ctx, level, n, width)
		return Pack(hashes), err
	})
	if err != nil || !entries {
		return err
	}
	return publishOnce(filepath.Join(dir, proof.BundlePath(n, width)), func() ([]byte, error) { return v.Bundle(ctx, n, width) })
}

// publishOnce writes a file that is not there yet.
func publishOnce(name string, content func() ([]byte, error)) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	b, err := content()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return writeFile(name, b, 0o644)
}

// Handler serves the log as [Publish] writes it, without the leaves. Each request for the checkpoint signs what the log
// has come to.
func Handler(log *Log, s *Signers) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /checkpoint", func(w http.ResponseWriter, r *http.Request) {
		v, err := log.View()
		var signed []byte
		if err == nil {
			signed, err = s.Checkpoint(r.Context(), v)
		}
		serve(w, signed, err, "text/plain; charset=utf-8", "no-cache")
	})
	mux.HandleFunc("GET /tile/{level}/{path...}", func(w http.ResponseWriter, r *http.Request) {
		level, n, width, err := parseTile(r.PathValue("level"), r.PathValue("path"))
		var hashes []proof.Hash
		if err == nil {
			var v *View
			if v, err = log.View(); err == nil {
				hashes, err = v.Tile(r.Context(), level, n, width)
			}
		}
		serve(w, Pack(hashes), err, "application/octet-stream", "public, max-age=31536000, immutable")
	})
	return mux
}

func serve(w http.ResponseWriter, b []byte, err error, kind, cache string) {
	switch {
	case errors.Is(err, ErrBeyond):
		http.Error(w, "there is no such tile", http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "the log cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", cache)
	_, _ = w.Write(b) // the reader went away: nobody is left to tell
}

// parseTile reads the path of a tile behind its level: x001/x234/067, or with .p/WIDTH. Only the one spelling is taken.
func parseTile(level, path string) (l int, n int64, width int, err error) {
	width = proof.TileWidth
	name, partial, cut := strings.Cut(path, ".p/")
	if cut {
		if width, err = strconv.Atoi(partial); err != nil || width >= proof.TileWidth {
			return 0, 0, 0, ErrBeyond
		}
	}
	if l, err = strconv.Atoi(level); err != nil || l < 0 || l > 7 {
		return 0, 0, 0, ErrBeyond
	}
	for _, part := range strings.Split(name, "/") {
		digits := strings.TrimPrefix(part, "x")
		d, err := strconv.Atoi(digits)
		if err != nil || len(digits) != 3 || n > 1<<40 {
			return 0, 0, 0, ErrBeyond
		}
		n = n*1000 + int64(d)
	}
	if width < 1 || proof.TilePath(l, n, width) != "tile/"+level+"/"+path {
		return 0, 0, 0, ErrBeyond
	}
	return l, n, width, nil
}

// Fetch reads a tile that [Publish] wrote, or a host that serves it, by a function that opens paths.
func Fetch(open func(path string) (io.ReadCloser, error), level int, n int64, width int) ([]proof.Hash, error) {
	r, err := open(proof.TilePath(level, n, width))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, proof.TileWidth*32+1))
	if err != nil {
		return nil, err
	}
	if len(b) != width*len(proof.Hash{}) {
		return nil, fmt.Errorf("%s has %d bytes, not %d", proof.TilePath(level, n, width), len(b), width*len(proof.Hash{}))
	}
	out := make([]proof.Hash, width)
	for i := range out {
		copy(out[i][:], b[i*len(out[i]):])
	}
	return out, nil
}
