;; Rabin fingerprints of every 64-byte window, modulo a polynomial of degree 64 over GF(2).
;;
;; Memory, in bytes:
;;       0  256 x 8  push table: i * x^64 mod P
;;    2048  256 x 8  pop table:  i * x^512 mod P
;;    4096  input: the 64 bytes before the first position, then the bytes that follow
;;   16384  output: one 16-byte block per position, the fingerprint (little endian) and 8 zero bytes
;;
;; A fingerprint h moves on by one byte as h * x^8 + entering byte - leaving byte * x^512. Each step
;; waits for a table look-up of the step before, so four lanes work on four quarters of the
;; positions at the same time.
(module
  (memory (export "memory") 3)

  ;; Writes the fingerprints of 4 * $quarter positions.
  (func (export "fingerprint") (param $quarter i32)
    (local $h0 i64) (local $h1 i64) (local $h2 i64) (local $h3 i64) ;; fingerprints
    (local $p0 i32) (local $p1 i32) (local $p2 i32) (local $p3 i32) ;; next input byte of a lane
    (local $q0 i32) (local $q1 i32) (local $q2 i32) (local $q3 i32) ;; next output block of a lane
    (local $left i32)

    (local.set $p1 (local.get $quarter))
    (local.set $p2 (i32.mul (local.get $quarter) (i32.const 2)))
    (local.set $p3 (i32.mul (local.get $quarter) (i32.const 3)))
    (local.set $q1 (i32.mul (local.get $quarter) (i32.const 16)))
    (local.set $q2 (i32.mul (local.get $quarter) (i32.const 32)))
    (local.set $q3 (i32.mul (local.get $quarter) (i32.const 48)))

    ;; The first window of each lane.
    (local.set $left (i32.const 64))
    (loop $warm
      (local.set $h0
        (i64.xor
          (i64.or (i64.shl (local.get $h0) (i64.const 8)) (i64.load8_u offset=4096 (local.get $p0)))
          (i64.load offset=0 (i32.and (i32.wrap_i64 (i64.shr_u (local.get $h0) (i64.const 53))) (i32.const 2040)))))
      (local.set $p0 (i32.add (local.get $p0) (i32.const 1)))
      (local.set $h1
        (i64.xor
          (i64.or (i64.shl (local.get $h1) (i64.const 8)) (i64.load8_u offset=4096 (local.get $p1)))
          (i64.load offset=0 (i32.and (i32.wrap_i64 (i64.shr_u (local.get $h1) (i64.const 53))) (i32.const 2040)))))
      (local.set $p1 (i32.add (local.get $p1) (i32.const 1)))
      (local.set $h2
        (i64.xor
          (i64.or (i64.shl (local.get $h2) (i64.const 8)) (i64.load8_u offset=4096 (local.get $p2)))
          (i64.load offset=0 (i32.and (i32.wrap_i64 (i64.shr_u (local.get $h2) (i64.const 53))) (i32.const 2040)))))
      (local.set $p2 (i32.add (local.get $p2) (i32.const 1)))
      (local.set $h3
        (i64.xor
          (i64.or (i64.shl (local.get $h3) (i64.const 8)) (i64.load8_u offset=4096 (local.get $p3)))
          (i64.load offset=0 (i32.and (i32.wrap_i64 (i64.shr_u (local.get $h3) (i64.const 53))) (i32.const 2040)))))
      (local.set $p3 (i32.add (local.get $p3) (i32.const 1)))
      (br_if $warm (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i64.store offset=16384 (local.get $q0) (local.get $h0))
    (local.set $q0 (i32.add (local.get $q0) (i32.const 16)))
    (i64.store offset=16384 (local.get $q1) (local.get $h1))
    (local.set $q1 (i32.add (local.get $q1) (i32.const 16)))
    (i64.store offset=16384 (local.get $q2) (local.get $h2))
    (local.set $q2 (i32.add (local.get $q2) (i32.const 16)))
    (i64.store offset=16384 (local.get $q3) (local.get $h3))
    (local.set $q3 (i32.add (local.get $q3) (i32.const 16)))

    ;; All others: push one byte, pop the one 64 before it.
    (local.set $left (i32.sub (local.get $quarter) (i32.const 1)))
    (block $done
      (br_if $done (i32.eqz (local.get $left)))
      (loop $roll
        (local.set $h0
          (i64.xor
            (i64.xor
              (i64.or (i64.shl (local.get $h0) (i64.const 8)) (i64.load8_u offset=4096 (local.get $p0)))
              (i64.load offset=2048 (i32.shl (i32.load8_u offset=4032 (local.get $p0)) (i32.const 3))))
            (i64.load offset=0 (i32.and (i32.wrap_i64 (i64.shr_u (local.get $h0) (i64.const 53))) (i32.const 2040)))))
        (i64.store offset=16384 (local.get $q0) (local.get $h0))
        (local.set $p0 (i32.add (local.get $p0) (i32.const 1)))
        (local.set $q0 (i32.add (local.get $q0) (i32.const 16)))
        (local.set $h1
          (i64.xor
            (i64.xor
              (i64.or (i64.shl (local.get $h1) (i64.const 8)) (i64.load8_u offset=4096 (local.get $p1)))
              (i64.load offset=2048 (i32.shl (i32.load8_u offset=4032 (local.get $p1)) (i32.const 3))))
            (i64.load offset=0 (i32.and (i32.wrap_i64 (i64.shr_u (local.get $h1) (i64.const 53))) (i32.const 2040)))))
        (i64.store offset=16384 (local.get $q1) (local.get $h1))
        (local.set $p1 (i32.add (local.get $p1) (i32.const 1)))
        (local.set $q1 (i32.add (local.get $q1) (i32.const 16)))
        (local.set $h2
          (i64.xor
            (i64.xor
              (i64.or (i64.shl (local.get $h2) (i64.const 8)) (i64.load8_u offset=4096 (local.get $p2)))
              (i64.load offset=2048 (i32.shl (i32.load8_u offset=4032 (local.get $p2)) (i32.const 3))))
            (i64.load offset=0 (i32.and (i32.wrap_i64 (i64.shr_u (local.get $h2) (i64.const 53))) (i32.const 2040)))))
        (i64.store offset=16384 (local.get $q2) (local.get $h2))
        (local.set $p2 (i32.add (local.get $p2) (i32.const 1)))
        (local.set $q2 (i32.add (local.get $q2) (i32.const 16)))
        (local.set $h3
          (i64.xor
            (i64.xor
              (i64.or (i64.shl (local.get $h3) (i64.const 8)) (i64.load8_u offset=4096 (local.get $p3)))
              (i64.load offset=2048 (i32.shl (i32.load8_u offset=4032 (local.get $p3)) (i32.const 3))))
            (i64.load offset=0 (i32.and (i32.wrap_i64 (i64.shr_u (local.get $h3) (i64.const 53))) (i32.const 2040)))))
        (i64.store offset=16384 (local.get $q3) (local.get $h3))
        (local.set $p3 (i32.add (local.get $p3) (i32.const 1)))
        (local.set $q3 (i32.add (local.get $q3) (i32.const 16)))
        (br_if $roll (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))))
