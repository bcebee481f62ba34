"use strict";
// Plays the fixations of every stage together. Without this script the page shows the last one.
for (const player of document.querySelectorAll(".player")) {
  const steps = Number(player.dataset.steps);
  const button = player.querySelector("button"), slider = player.querySelector("input");
  const output = player.querySelector("output");
  const stages = [...player.querySelectorAll(".stage")].map((root) => ({
    ...JSON.parse(root.dataset.stage),
    window: root.querySelector(".window"),
    bars: [...root.querySelectorAll(".bar")],
    marks: [...root.querySelectorAll("[data-from]")],
  }));
  let timer = 0;

  function show(step) {
    for (const stage of stages) {
      const [x, y] = stage.at[step - 1];
      stage.window.style.transform = `translate(${x}px,${y}px)`;
      stage.window.style.stroke = stage.colours[step - 1];
      stage.bars.forEach((bar, digit) => { bar.style.transform = `scaleX(${stage.p[step - 1][digit]})`; });
      stage.marks.forEach((mark) => mark.classList.toggle("unseen", Number(mark.dataset.from) > step));
    }
    slider.value = step;
    output.textContent = `fixation ${step} of ${steps}`;
  }

  function turn() {
    const step = Number(slider.value);
    show(step < steps ? step + 1 : 1);
    timer = setTimeout(turn, step + 1 === steps ? 2600 : 1100);
  }

  function play(on) {
    clearTimeout(timer);
    timer = on ? setTimeout(turn, 700) : 0;
    button.textContent = on ? "Pause" : "Play";
  }

  button.addEventListener("click", () => play(!timer));
  slider.addEventListener("input", () => { play(false); show(Number(slider.value)); });
  addEventListener("beforeprint", () => { play(false); show(steps); });
  player.querySelector(".controls").hidden = false;
  play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
}
