for (const box of document.querySelectorAll("[data-filters]")) {
  const rows = document.getElementById(box.dataset.filters).tBodies[0].rows;
  const left = box.querySelector("output");
  box.hidden = false;
  box.querySelector("input").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    left.textContent = shown + " of " + rows.length;
  });
}
