/* Lays the manuscript out on sheets, because the engine's Qt repeats no table head and knows no running lines.

   The manuscript is a row of sections; a section holds groups (class "keep") of strips, one-row tables. A group stays
   together if a sheet can hold it, else it goes strip by strip, and a strip taller than a sheet is cut between lines,
   cell by cell. A section's head (class "repeated") is repeated on each of its sheets. ECMAScript 5 only: the engine is old. */
(function () {
  "use strict";

  /* The engine lays text out once more for the printer; a line that grows there must not touch the running foot. */
  var SLACK = 6;
  var runningHead, runningFoot, continuation, sheets, sheet, column, room, full, section;

  function height(element) {
    return element.getBoundingClientRect().height;
  }

  function children(parent, className) {
    return [].filter.call(parent.children, function (child) {
      return child.classList.contains(className);
    });
  }

  function append(element, elementHeight) {
    column.appendChild(element);
    room -= elementHeight;
  }

  /* A column of the sheet for the section: under its class names the style sheet knows its cells again. */
  function openColumn() {
    column = document.createElement("div");
    column.className = section.element.className;
    sheet.insertBefore(column, sheet.lastChild);
    if (section.columnHead) {
      append(section.columnHead.cloneNode(true), section.columnHeadHeight);
    }
  }

  function openSheet(group) {
    sheet = document.createElement("div");
    sheet.className = "sheet";
    if (!section.element.classList.contains("unheaded")) {
      sheet.appendChild(runningHead.cloneNode(true));
    }
    sheet.appendChild(runningFoot.cloneNode(true));
    sheets.push(sheet);
    room = full;
    openColumn();
    if (group && group.hasAttribute("data-continued")) {
      var mark = continuation.cloneNode(true);
      mark.textContent = group.getAttribute("data-continued");
      append(mark, section.continuationHeight);
    }
  }

  /* How much of `cell` ends above `limit`: the number of its characters, found by bisection since text runs down. */
  function charactersAbove(limit, nodes, total) {
    var low = 0;
    var high = total;
    while (low < high) {
      var middle = (low + high + 1) >> 1;
      if (bottomOf(nodes, middle - 1) <= limit) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  function locate(nodes, index) {
    for (var i = 0; index >= nodes[i].length; i += 1) {
      index -= nodes[i].length;
    }
    return { node: nodes[i], offset: index };
  }

  function characterAt(nodes, index) {
    var place = locate(nodes, index);
    return place.node.data.charAt(place.offset);
  }

  function bottomOf(nodes, index) {
    var range = document.createRange();
    for (; index >= 0; index -= 1) {
      var place = locate(nodes, index);
      range.setStart(place.node, place.offset);
      range.setEnd(place.node, place.offset + 1);
      var boxes = range.getClientRects();
      if (boxes.length) {
        return boxes[boxes.length - 1].bottom;
      }
    }
    return -Infinity;
  }

  function textNodes(cell) {
    var walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT, null, false);
    var nodes = [];
    while (walker.nextNode()) {
      nodes.push(walker.currentNode);
    }
    return nodes;
  }

  /* Leaves in `strip` what fits into `space` and returns a strip with the rest; null if nothing fits or all does. */
  function cut(strip, space) {
    var top = strip.getBoundingClientRect().top;
    var row = strip.rows[0];
    var tails = [].map.call(row.cells, function (cell) {
      var tail = cell.cloneNode(false);
      var nodes = textNodes(cell);
      var total = nodes.reduce(function (sum, node) { return sum + node.length; }, 0);
      var kept = total ? charactersAbove(top + space, nodes, total) : 0;
      while (kept && kept < total && characterAt(nodes, kept) === " ") {
        kept += 1;
      }
      if (kept < total) {
        var place = locate(nodes, kept);
        if (place.offset && /[\uDC00-\uDFFF]/.test(place.node.data.charAt(place.offset))) {
          place.offset -= 1;
        }
        tail.range = document.createRange();
        tail.range.setStart(place.node, place.offset);
        tail.range.setEnd(cell, cell.childNodes.length);
      }
      tail.kept = kept;
      return tail;
    });
    var moves = tails.some(function (tail) { return tail.range; });
    var stays = tails.some(function (tail) { return tail.kept; });
    if (!moves || !stays) {
      return null;
    }
    var rest = strip.cloneNode(false);
    var restRow = rest.insertRow(-1);
    tails.forEach(function (tail) {
      if (tail.range) {
        tail.appendChild(tail.range.extractContents());
      } else {
        tail.classList.remove("stamp");
      }
      restRow.appendChild(tail);
    });
    rest.classList.add("rest");
    strip.parentNode.insertBefore(rest, strip.nextSibling);
    return rest;
  }

  function placeStrip(strip, group) {
    while (strip) {
      var stripHeight = height(strip);
      if (stripHeight <= room) {
        append(strip, stripHeight);
        return;
      }
      var fresh = full - section.columnHeadHeight - section.continuationHeight;
      if (stripHeight <= fresh || room < fresh / 4) {
        if (room < fresh) {
          openSheet(group);
        }
        if (stripHeight <= room) {
          continue;
        }
      }
      var rest = cut(strip, room);
      append(strip, height(strip));
      strip = rest;
    }
  }

  function placeGroup(group, groupHeight) {
    if (groupHeight > room && groupHeight <= full - section.columnHeadHeight) {
      openSheet(null);
    }
    if (groupHeight <= room) {
      append(group, groupHeight);
      return;
    }
    [].slice.call(group.children).forEach(function (strip) {
      placeStrip(strip, group);
    });
  }

  function measured(element) {
    var head = children(element, "repeated")[0];
    var groups = children(element, "keep");
    return {
      element: element,
      columnHead: head,
      columnHeadHeight: head ? height(head) : 0,
      continuationHeight: height(continuation),
      groups: groups,
      heights: groups.map(height)
    };
  }

  function placeSection(measuredSection) {
    section = measuredSection;
    var first = section.columnHeadHeight + section.heights[0];
    if (section.element.classList.contains("new-sheet") || (first > room && first <= full)) {
      openSheet(null);
    } else {
      openColumn();
    }
    section.groups.forEach(function (group, index) {
      placeGroup(group, section.heights[index]);
    });
  }

  function paginate() {
    var body = document.body;
    var manuscript = document.getElementById("manuscript");
    var frame = document.getElementById("frame");
    runningHead = document.querySelector(".running-head");
    runningFoot = document.querySelector(".running-foot");
    continuation = document.querySelector(".continuation");
    sheets = [];
    room = 0;
    full = height(frame) - height(runningHead) - height(runningFoot) - SLACK;
    /* All is measured before anything moves, and the sheets join the page at the end: one layout, not thousands. */
    [].map.call(manuscript.children, measured).forEach(placeSection);
    [manuscript, frame, runningHead, runningFoot, continuation].forEach(function (part) { body.removeChild(part); });
    sheets.forEach(function (each, index) {
      each.querySelector(".page").textContent = body.getAttribute("data-page")
        .replace("{page}", index + 1)
        .replace("{pages}", sheets.length);
      body.appendChild(each);
    });
    console.log("sheets " + body.getAttribute("data-nonce") + " " + sheets.length);
  }

  window.onload = function () {
    try {
      paginate();
    } catch (error) {
      console.log("failed " + error);
    }
    window.status = "ready";
  };
}());
