// Where the steps of a journey lie: layers from top to bottom, each step one layer below the lowest before it (longest
// path), arms side by side, edges at right angles. For graphs of a few dozen steps; pure, so it can be tested.

const GAP = 26;
const CHANNEL = 18;
const TRACK = 9;

// Which edges lead back to where one came from; they would make layers endless and are laid out the other way round.
function backwards(ids, edges) {
  const out = new Map(ids.map((id) => [id, []]));
  for (const edge of edges) out.get(edge.from)?.push(edge);
  const state = new Map();
  const back = new Set();
  for (const root of ids) {
    const stack = state.has(root) ? [] : [[root, 0]];
    if (stack.length) state.set(root, "open");
    while (stack.length) {
      const top = stack.at(-1);
      const edge = out.get(top[0])[top[1]];
      top[1] += 1;
      if (!edge) {
        state.set(top[0], "done");
        stack.pop();
      } else if (state.get(edge.to) === "open") back.add(edge);
      else if (!state.has(edge.to) && out.has(edge.to)) {
        state.set(edge.to, "open");
        stack.push([edge.to, 0]);
      }
    }
  }
  return back;
}

// Layer of each node: 0 where nothing leads, else one more than the highest before.
function layersOf(ids, edges) {
  const into = new Map(ids.map((id) => [id, []]));
  for (const { from, to } of edges) into.get(to).push(from);
  const found = new Map();
  const layer = (id) => {
    if (!found.has(id)) {
      found.set(id, 0);
      found.set(id, into.get(id).reduce((most, from) => Math.max(most, layer(from) + 1), 0));
    }
    return found.get(id);
  };
  ids.forEach(layer);
  return found;
}

// Nodes, labels and bends as items in layers, and each edge as the chain of items it passes.
function itemised(nodes, edges) {
  const ids = nodes.map((node) => node.id);
  const sound = edges.filter((edge) => ids.includes(edge.from) && ids.includes(edge.to) && edge.from !== edge.to);
  const back = backwards(ids, sound);
  const forward = sound.map((edge) => (back.has(edge) ? { edge, from: edge.to, to: edge.from } : { edge, from: edge.from, to: edge.to }));
  const layer = layersOf(ids, forward);
  const items = new Map(nodes.map((node) => [node.id, { id: node.id, node, width: node.width, height: node.height, layer: layer.get(node.id) * 2, up: [], down: [] }]));
  const chains = forward.map(({ edge, from, to }) => {
    const chain = [items.get(from)];
    for (let at = items.get(from).layer + 1; at < items.get(to).layer; at += 1) {
      const label = chain.length === 1 ? edge : null;
      chain.push({ id: `${from}>${to}:${at}:${edge.nth ?? 0}`, label, width: label?.width ?? 10, height: label?.height ?? 0, layer: at, up: [], down: [] });
    }
    chain.push(items.get(to));
    chain.forEach((item, place) => {
      if (place) item.up.push(chain[place - 1]);
      if (place < chain.length - 1) item.down.push(chain[place + 1]);
    });
    return { edge, chain, back: back.has(edge) };
  });
  return { items, chains };
}

// Items by layer in the order in which a walk down meets them, so that arms keep the order of the document.
function inLayers(roots) {
  const layers = [];
  const seen = new Set();
  const stack = [...roots].reverse();
  while (stack.length) {
    const item = stack.pop();
    if (seen.has(item)) continue;
    seen.add(item);
    (layers[item.layer] ??= []).push(item);
    for (const next of [...item.down].reverse()) stack.push(next);
  }
  return layers.map((layer) => layer ?? []);
}

const number = (layers) => layers.forEach((layer) => layer.forEach((item, place) => { item.place = place; }));

// How many pairs of edges cross between neighbouring layers.
export function crossings(layers) {
  number(layers);
  let count = 0;
  for (const layer of layers) {
    const pairs = layer.flatMap((item) => item.down.map((next) => [item.place, next.place]));
    for (let a = 0; a < pairs.length; a += 1) {
      for (let b = a + 1; b < pairs.length; b += 1) {
        if ((pairs[a][0] - pairs[b][0]) * (pairs[a][1] - pairs[b][1]) < 0) count += 1;
      }
    }
  }
  return count;
}

// Sorts layers by the middle of their neighbours and keeps what crosses least.
function uncrossed(layers) {
  let best = layers;
  let least = crossings(best);
  let now = layers.map((layer) => [...layer]);
  for (let round = 0; round < 8 && least; round += 1) {
    const down = round % 2 === 0;
    now = now.map((layer) => [...layer]);
    const order = down ? now : [...now].reverse();
    for (const layer of order) {
      number(now);
      const middle = (item) => {
        const near = down ? item.up : item.down;
        return near.length ? near.reduce((sum, one) => sum + one.place, 0) / near.length : item.place;
      };
      const keyed = layer.map((item) => ({ item, key: middle(item), place: item.place }));
      keyed.sort((a, b) => a.key - b.key || a.place - b.place);
      layer.splice(0, layer.length, ...keyed.map(({ item }) => item));
    }
    const found = crossings(now);
    if (found < least) [best, least] = [now, found];
  }
  number(best);
  return best;
}

// Places items as near as can be to where they want to be, in their order and without touching (isotonic regression).
export function placed(wanted, sizes, gap = GAP) {
  const shift = [0];
  for (let nth = 1; nth < wanted.length; nth += 1) shift.push(shift[nth - 1] + (sizes[nth - 1] + sizes[nth]) / 2 + gap);
  const blocks = [];
  wanted.forEach((x, nth) => {
    blocks.push({ sum: x - shift[nth], count: 1 });
    while (blocks.length > 1 && blocks.at(-2).sum / blocks.at(-2).count > blocks.at(-1).sum / blocks.at(-1).count) {
      const last = blocks.pop();
      blocks.at(-1).sum += last.sum;
      blocks.at(-1).count += last.count;
    }
  });
  return blocks.flatMap(({ sum, count }) => Array(count).fill(sum / count)).map((x, nth) => x + shift[nth]);
}

// Items that follow one another without a fork or a meeting stand exactly above one another, where there is room.
function straighten(layers) {
  const follows = (item) => item.down.length === 1 && item.down[0].up.length === 1;
  const heads = layers.flat().filter((item) => item.up.length !== 1 || !follows(item.up[0]));
  const room = (item, x) => {
    const layer = layers[item.layer];
    const [left, right] = [layer[item.place - 1], layer[item.place + 1]];
    const clear = (other) => !other || Math.abs(other.x - x) >= (other.width + item.width) / 2 + GAP - 0.5;
    return clear(left) && clear(right) && (!left || left.x < x) && (!right || right.x > x);
  };
  for (const head of heads) {
    const line = [head];
    while (follows(line.at(-1))) line.push(line.at(-1).down[0]);
    const mean = line.reduce((sum, item) => sum + item.x, 0) / line.length;
    const wanted = [mean, ...line.map((item) => item.x)].sort((a, b) => Math.abs(a - mean) - Math.abs(b - mean));
    const found = wanted.find((x) => line.every((item) => room(item, x)));
    if (found !== undefined) for (const item of line) item.x = found;
  }
}

function spread(layers) {
  for (const layer of layers) placed(layer.map(() => 0), layer.map((item) => item.width)).forEach((x, nth) => { layer[nth].x = x; });
  const mean = (list) => list.reduce((sum, item) => sum + item.x, 0) / list.length;
  for (let round = 0; round < 24; round += 1) {
    const down = round % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const wanted = layer.map((item) => {
        const near = round > 19 ? [...item.up, ...item.down] : down ? item.up : item.down;
        return near.length ? mean(near) : item.x;
      });
      placed(wanted, layer.map((item) => item.width)).forEach((x, nth) => { layer[nth].x = x; });
    }
  }
  straighten(layers);
  const left = Math.min(...layers.flat().map((item) => item.x - item.width / 2));
  for (const item of layers.flat()) item.x = Math.round(item.x - left);
}

// Which of the parallel lanes between two layers the level part of each item's edges takes.
function tracksOf(layer) {
  const spans = layer.flatMap((item) => {
    const ends = item.down.filter((next) => Math.abs(next.x - item.x) > 3).map((next) => next.x);
    return ends.length ? [{ item, from: Math.min(item.x, ...ends), to: Math.max(item.x, ...ends) }] : [];
  });
  const lanes = [];
  for (const span of spans.sort((a, b) => a.from - b.from)) {
    let lane = lanes.findIndex((end) => end < span.from - 4);
    if (lane < 0) lane = lanes.length;
    lanes[lane] = span.to;
    span.item.track = lane;
  }
  return lanes.length;
}

function stack(layers) {
  let y = 0;
  const channels = [];
  for (const layer of layers) {
    const height = Math.max(0, ...layer.map((item) => item.height));
    for (const item of layer) {
      item.top = y;
      item.bottom = item.node ? item.top + item.height : y + height;
    }
    y += height;
    const lanes = tracksOf(layer);
    channels.push({ top: y, lanes });
    y += CHANNEL + Math.max(0, lanes - 1) * TRACK;
  }
  return { height: y - CHANNEL, channels };
}

// The corners of an edge along its chain: straight down, level in its lane, straight down.
function cornersOf(chain, channels) {
  const points = [];
  for (let nth = 0; nth < chain.length - 1; nth += 1) {
    const [a, b] = [chain[nth], chain[nth + 1]];
    const straight = Math.abs(a.x - b.x) <= 3;
    const end = straight && b.node ? a.x : b.x;
    points.push([a.x, a.bottom]);
    if (!straight) {
      const y = channels[a.layer].top + CHANNEL / 2 + (a.track ?? 0) * TRACK;
      points.push([a.x, y], [b.x, y]);
    }
    points.push([end, b.top]);
  }
  return points.filter(([x, y], nth) => !nth || x !== points[nth - 1][0] || y !== points[nth - 1][1]);
}

// nodes: [{id, width, height}], edges: [{from, to, width, height}] (the size of their label) ->
// {width, height, nodes: [{node, x (middle), top}], edges: [{edge, points, label: {x, top}, back}]}.
export function layout(nodes, edges) {
  if (!nodes.length) return { width: 0, height: 0, nodes: [], edges: [] };
  const { items, chains } = itemised(nodes, edges.map((edge, nth) => Object.assign(edge, { nth })));
  const roots = [...items.values()].filter((item) => !item.up.length);
  const layers = uncrossed(inLayers(roots));
  spread(layers);
  const { height, channels } = stack(layers);
  const all = layers.flat();
  return {
    width: Math.max(...all.map((item) => item.x + item.width / 2)),
    height,
    nodes: all.filter((item) => item.node).map((item) => ({ node: item.node, x: item.x, top: item.top })),
    edges: chains.map(({ edge, chain, back }) => {
      const points = cornersOf(chain, channels);
      return { edge, points: back ? points.reverse() : points, label: { x: chain[1].x, top: chain[1].top }, back };
    }),
  };
}
