// exact words before similar ones, so that MS-SSIM finds MS-SSIM; acgan.load before every other load; licence is license
      const same = (s) => s.toLowerCase().replaceAll("licens", "licenc"), want = same(q);
      const exact = (f) => index.filter((e) => f(e)).sort((a, b) => b.title.startsWith("acgan.") - a.title.startsWith("acgan."));
      const hits = fuse ? [...new Set([...exact((e) => [same(e.section), same(e.title), same(e.title).replace("acgan.", "")].includes(want)),
        ...exact((e) => same(e.title + " " + e.section).includes(want)), ...exact((e) => same(e.text).includes(want)), ...fuse.search(q, { limit }).map((h) => h.item)])].slice(0, limit)
