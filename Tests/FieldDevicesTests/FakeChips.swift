// GPIO chips that come and go: a fake, because no kernel here lets a chip vanish on demand. Levels and
// edges are tested on a real kernel by hardware-sim/rig.

import FieldDevices
import FireLogic
import Glibc

/// Chips that keep the kernel's rule: a line has one holder.
final class FakeChips: GpioChips {
    final class Board {
        var isPresent = true
        var active: Set<Int> = []
        var held: Set<Int> = []
        var broken: Set<Int> = []
        var requests = 0
    }

    final class Inputs: GpioInputs {
        let descriptors: [Int32]
        private let board: Board
        private let lines: [GpioLine]
        private let peer: Int32

        init(board: Board, lines: [GpioLine]) {
            self.board = board
            self.lines = lines
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            descriptors = [ends[0]]
            peer = ends[1]
            board.held.formUnion(lines.map(\.offset))
        }

        deinit {
            board.held.subtract(lines.map(\.offset))
            close(descriptors[0])
            close(peer)
        }

        func isActive(_ index: Int) throws(GpioError) -> Bool {
            let offset = lines[index].offset
            if !board.isPresent { throw GpioError(chip: "fake", offset: offset, errno: ENODEV) }
            return board.active.contains(offset)
        }

        func readEdges(_ which: Int, into edges: inout [GpioEdge]) throws(GpioError) {
            if !board.isPresent { throw GpioError(chip: "fake", offset: nil, errno: ENODEV) }
        }
    }

    final class Outputs: GpioOutputs {
        func set(_ index: Int, active: Bool) throws(GpioError) {}
    }

    let board = Board()

    func inputs(path: String, lines: [GpioLine]) throws(GpioError) -> Inputs {
        board.requests += 1
        if !board.isPresent { throw GpioError(chip: path, offset: nil, errno: ENOENT) }
        for line in lines
        where board.held.contains(line.offset) || board.broken.contains(line.offset) {
            throw GpioError(chip: path, offset: line.offset, errno: EBUSY)
        }
        return Inputs(board: board, lines: lines)
    }

    func outputs(path: String, lines: [GpioLine], initial: [Bool?]) throws(GpioError) -> Outputs {
        Outputs()
    }

    func asFound(path: String, line: GpioLine) throws(GpioError) -> Bool { false }
}
