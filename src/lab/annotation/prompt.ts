// Worked solutions that show a model what is asked: calculated numbers stand after their calculation, given ones alone.

/** Put before each text: every operator, numbers that are given again, and numbers that nothing gives. */
export const demonstrations = `Q: A hall has 12 rows of 30 seats and a balcony with 45 seats. How many seats are there?
A: The 12 rows have 12*30=360 seats. With the 45 seats of the balcony there are 360+45=405 seats. So, the answer is 405.

Q: A library lends 9 of its 24 new books on the first day and half of the rest on the second day. How many are left?
A: After the first day 24-9=15 books are left. Half of the 15 books are 15/2=7.5 books, so 7.5 are left.

Q: In how many ways can 4 of 9 players be chosen for a team?
A: There are C(9,4)=126 ways to choose 4 of the 9 players.

Q: In how many orders can the first 3 of 8 runners arrive?
A: The first 3 of 8 runners can arrive in P(8,3)=336 orders.

Q: A gardener has 36 roses and 84 tulips and makes equal bunches. What is the largest number of bunches?
A: The largest number is the greatest common divisor of 36 and 84, which is gcd(36,84)=12.

Q: Two lamps flash every 14 and 21 seconds. When do they flash together?
A: They flash together every lcm(14,21)=42 seconds.

Q: 500 apples are packed in boxes of 48. How many apples are left over?
A: The number of apples left over is 500 mod 48=20.

Q: A square field has an area of 1764 square meters. How long is a side?
A: A side is sqrt(1764)=42 meters long.

Q: A city of 8000 people grows by 5% a year. How many people live there after 3 years?
A: Each year there are 1.05 times as many people. After 3 years it is 1.05^3=1.16 times as many, so 8000*1.16=9280 people.

Q: What is the logarithm of 5000, and what is its natural logarithm?
A: The logarithm of 5000 is log(5000)=3.7 and its natural logarithm is ln(5000)=8.52.

`;
