// All epoch sliders of a page move together, and the address says where they stand: a link opens the same epoch, and
// another page of the same run starts there. Nothing is sent to the server.

(() => {
  if (window.layerscopeEpochs) return;
  const SLIDER = ".vega-bind input[type=range]";
  const LATER_MS = 150; // what is out of sight, or slow to draw, follows when the drag rests
  let epoch = null, run = null, told = null, isSetting = false, frame = null, rest = null; // told: what the server knows

  const address = () => new URLSearchParams(window.location.search);

  const asked = () => { const said = address().get("epoch"); return /^\d{1,9}$/.test(said || "") ? Number(said) : null; };

  const set = (slider) => {
    if (Number(slider.value) === Math.min(epoch, Number(slider.max))) return;
    isSetting = true;
    slider.value = epoch;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    isSetting = false;
  };

  const isSeen = (slider) => {
    const at = (slider.closest(".stVegaLiteChart") || slider).getBoundingClientRect();
    return at.bottom > 0 && at.top < window.innerHeight;
  };

  const follow = (which) => [...document.querySelectorAll(SLIDER)].filter(which).forEach(set);

  const remember = () => {
    const said = address();
    if (!run || said.get("run") !== run || said.get("epoch") === String(epoch)) return;
    said.set("epoch", String(epoch));
    window.history.replaceState({}, "", `${window.location.pathname}?${said}`);
  };

  const rested = () => {
    clearTimeout(rest);
    rest = null;
    follow(() => true);
    remember();
    document.dispatchEvent(new CustomEvent("layerscope-epoch", { detail: epoch }));
  };

  const moved = (to) => {
    epoch = to;
    run = address().get("run");
    clearTimeout(rest);
    rest = setTimeout(rested, LATER_MS);
    frame = frame ?? requestAnimationFrame(() => { frame = null; follow(isSeen); });
  };

  document.addEventListener("input", (event) => {
    if (!isSetting && event.target.matches?.(SLIDER)) moved(Number(event.target.value));
  });

  // Share shows the address: Streamlit's server hears of it when the browser says that its address has changed. A link
  // to an epoch is followed even where it was followed before.
  document.addEventListener("click", (event) => {
    if (epoch !== null && event.target.closest?.(".st-key-share")) {
      rested();
      told = epoch;
      window.dispatchEvent(new PopStateEvent("popstate"));
    }
    if (event.target.closest?.('a[href*="epoch="]')) told = null;
  });

  // Charts that come later: of another page of the run, or of a live run's next picture.
  new MutationObserver((changes) => {
    if (!changes.some((change) => change.addedNodes.length) || rest !== null) return;
    const now = asked(), seen = address().get("run");
    if (seen !== run) { epoch = told = null; run = seen; }
    if (now !== null && now !== told && now !== epoch) epoch = told = now;
    if (epoch === null) return;
    remember();
    follow((slider) => !slider.layerscopeFollows && (slider.layerscopeFollows = true));
  }).observe(document.body, { childList: true, subtree: true });

  window.layerscopeEpochs = { moved, asked };
})();
