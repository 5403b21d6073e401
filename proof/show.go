package proof

import "bytes"

// Show returns the openings of a leaf that a party has title to. Visible is the event as the party may see it, in the
// canonical encoding; nil where it may see no more than that it happened.
//
// A seal is opened where all that it would show is in visible. Where visible leaves out something that has no seal of its
// own, the seal around it stays closed: a fact that the table of seals does not know is shown whole or not at all.
//
// Whole says that the party is one from whom nothing of the event is kept for others' sake: if it is shown everything, the seals of nothing
// are opened, too. For anybody else they stay closed, since whoever found one closed for once would know that there is something to keep.
func Show(l Leaf, visible []byte, whole bool) []Opening {
	if visible == nil {
		return nil
	}
	h, ok := split(visible)
	if !ok {
		return nil
	}
	s := showing{}
	var filling []Opening
	for _, o := range l.Open {
		if s[o.Path] = o; len(o.Value) == 0 {
			filling = append(filling, o)
		}
	}
	shown, _ := s.seal("", h.said(nil))
	if whole && len(shown)+len(filling) == len(l.Open) {
		shown = append(shown, filling...)
	}
	return shown
}

// showing are the seals of a leaf by their paths.
type showing map[string]Opening

// seal opens what is sealed at a path if visible has all of it, and what is sealed inside likewise.
func (s showing) seal(path string, visible []byte) (shown []Opening, all bool) {
	o, ok := s[path]
	if !ok || len(o.Value) == 0 {
		return nil, false
	}
	inside, ok := s.match(path, o.Value, visible)
	if !ok {
		return nil, false
	}
	return append([]Opening{o}, inside...), true
}

// match reports whether everything in a value that is not sealed is in visible, and opens what can be opened in it.
func (s showing) match(path string, value, visible []byte) (shown []Opening, ok bool) {
	switch {
	case len(visible) == 0:
		return nil, bytes.HasPrefix(value, sealMark)
	case bytes.HasPrefix(value, sealMark):
		shown, _ = s.seal(path, visible)
		return shown, true
	case !bytes.Contains(value, sealMark):
		return nil, bytes.Equal(value, visible)
	case value[0] == '[':
		return s.matchItems(path, value, visible)
	}
	ok = members(value, func(name, v []byte) bool {
		inside, fits := s.match(path+"/"+string(name), v, member(visible, string(name)))
		shown = append(shown, inside...)
		return fits
	})
	known := members(visible, func(name, _ []byte) bool {
		return member(value, string(name)) != nil && !s.nothing(path+"/"+string(name))
	})
	return shown, ok && known
}

// nothing reports whether a seal of nothing stands at a path.
func (s showing) nothing(path string) bool {
	o, sealed := s[path]
	return sealed && len(o.Value) == 0
}

// matchItems opens those sealed items of a list that are among the visible ones. Of a list whose items are not sealed
// themselves, every one must be there.
func (s showing) matchItems(path string, value, visible []byte) (shown []Opening, ok bool) {
	var seen [][]byte
	if !items(visible, func(_ int, v []byte) bool { seen = append(seen, v); return true }) {
		return nil, false
	}
	found, all, sealed := 0, 0, true
	ok = items(value, func(at int, v []byte) bool {
		all++
		here := string(indexed([]byte(path), at))
		if !bytes.HasPrefix(v, sealMark) {
			sealed = false
			if at >= len(seen) {
				return false
			}
			inside, fits := s.match(here, v, seen[at])
			shown = append(shown, inside...)
			return fits
		}
		for _, v := range seen {
			if inside, opened := s.seal(here, v); opened {
				found++
				shown = append(shown, inside...)
				break
			}
		}
		return true
	})
	return shown, ok && (sealed && found >= len(seen) || !sealed && all == len(seen))
}
